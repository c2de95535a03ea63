import type { LogLine } from '../../../api/pod';

const headerBytes = 8;

/**
 * The engine's answer to a question for logs: frames of a byte for the stream, four for the length, and text that begins
 * with a time. A line of more than 16 kB comes in several frames without a newline, each with a time of its own. Pure.
 */
export function logLines(answer: Buffer, attempt: number): readonly LogLine[] {
  const lines: LogLine[] = [];
  const open = new Map<LogLine['stream'], LogLine>();
  for (const { stream, text } of framesOf(answer)) {
    const space = text.indexOf(' ');
    const time = new Date(text.slice(0, space));
    if (space < 0 || Number.isNaN(time.getTime())) continue;
    const isWhole = text.endsWith('\n');
    const part = text.slice(space + 1, isWhole ? -1 : undefined);
    const begun = open.get(stream);
    const line = begun ? { ...begun, text: begun.text + part } : { time: time.toISOString(), stream, text: part, attempt };
    if (isWhole) {
      lines.push(line);
      open.delete(stream);
    } else open.set(stream, line);
  }
  return [...lines, ...open.values()];
}

function* framesOf(answer: Buffer): Iterable<{ stream: LogLine['stream']; text: string }> {
  for (let at = 0; at + headerBytes <= answer.length; ) {
    const length = answer.readUInt32BE(at + 4);
    const text = answer.toString('utf8', at + headerBytes, at + headerBytes + length);
    yield { stream: answer[at] === 2 ? 'stderr' : 'stdout', text };
    at += headerBytes + length;
  }
}
