import { open, rename, stat, truncate } from 'node:fs/promises';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../files';
import type { Stream } from './layout';
import { addNote, lastNote, readTimes } from './log-times';

export interface LogLimits {
  /** A log that is larger is rotated; one old one is kept. */
  readonly rotateBytes: number;
  /** Longer lines are cut, with a mark that says how much is missing. */
  readonly lineBytes: number;
  /** No more than this is read for one answer. */
  readonly readBytes: number;
}

export const defaultLogLimits: LogLimits = { rotateBytes: 10 * 1024 * 1024, lineBytes: 16 * 1024, readBytes: 8 * 1024 * 1024 };

export interface StampedLine {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly text: string;
}

const blockBytes = 64 * 1024;
const newline = 10;

/** A piece of the log as it lies on the disk; `base` is its first byte's place in the whole. */
interface Segment {
  readonly path: string;
  readonly times: string;
  readonly size: number;
  readonly base: number;
  readonly writtenAt: number;
}

/** One stream of one container: STREAM.log, its times, and one rotated generation of both. One call at a time. */
export class LogStream {
  readonly path: string;
  private readonly old: string;
  private readonly times: string;
  private readonly oldTimes: string;
  private noted: { offset: number; time: number } | undefined;

  constructor(
    directory: string,
    stream: Stream,
    private readonly limits: LogLimits,
  ) {
    this.path = join(directory, `${stream}.log`);
    this.old = `${this.path}.1`;
    this.times = join(directory, `${stream}.times`);
    this.oldTimes = `${this.times}.1`;
  }

  /** Notes what was written since the last look; rotates. */
  async look(): Promise<void> {
    const now = await statIfThere(this.path);
    if (!now) return;
    const last = (this.noted ??= await lastNote(this.times));
    if (now.size < last.offset) {
      // Somebody else emptied it: what we noted is about bytes that are gone.
      await truncate(this.times, 0).catch(ignoreMissing);
      this.noted = { offset: 0, time: last.time };
      return this.look();
    }
    if (now.size === last.offset) return;
    const note = { offset: now.size, time: Math.max(now.writtenAt, last.time) };
    await addNote(this.times, note);
    this.noted = note;
    if (now.size > this.limits.rotateBytes) await this.rotate();
  }

  /** The last lines, oldest first. The last one may still be growing. */
  async tail(lines: number): Promise<readonly StampedLine[]> {
    if (lines <= 0) return [];
    const segments = await this.segments();
    const end = segments.reduce((sum, segment) => sum + segment.size, 0);
    const { bytes, start } = await readBack(segments, { end, lines, most: this.limits.readBytes });
    const found = splitLines(bytes, start).slice(-lines);
    const stamped: StampedLine[] = [];
    for (const segment of segments) {
      const mine = found.filter((line) => line.start >= segment.base && line.start < segment.base + segment.size);
      const [first] = mine;
      if (!first) continue;
      const times = await readTimes(segment.times, first.start - segment.base);
      for (const line of mine) {
        stamped.push({ time: times.at(line.start - segment.base) ?? segment.writtenAt, text: this.textOf(line.bytes) });
      }
    }
    return stamped;
  }

  private textOf(bytes: Buffer): string {
    const { lineBytes } = this.limits;
    if (bytes.length <= lineBytes) return bytes.toString('utf8');
    return `${bytes.toString('utf8', 0, lineBytes)} [cut: ${bytes.length - lineBytes} more bytes]`;
  }

  /**
   * Copy, then truncate: the program holds the file open and would follow a rename. What it writes between our last
   * read and the truncation is lost; both are done without waiting in between, so that this is rarely a line.
   */
  private async rotate(): Promise<void> {
    const from = await open(this.path, 'r');
    const copy = `${this.old}.new`;
    const to = await open(copy, 'w', 0o600);
    try {
      const block = Buffer.alloc(1024 * 1024);
      const copyRest = async (): Promise<void> => {
        for (;;) {
          const { bytesRead } = await from.read(block, 0, block.length, null);
          if (bytesRead === 0) return;
          await to.write(block, 0, bytesRead);
        }
      };
      await copyRest();
      await rename(copy, this.old);
      await copyRest();
      truncateSync(this.path, 0);
    } finally {
      await from.close();
      await to.close();
    }
    await rename(this.times, this.oldTimes).catch(ignoreMissing);
    this.noted = { offset: 0, time: this.noted?.time ?? 0 };
  }

  private async segments(): Promise<readonly Segment[]> {
    const segments: Segment[] = [];
    let base = 0;
    for (const [path, times] of [[this.old, this.oldTimes], [this.path, this.times]] as const) {
      const now = await statIfThere(path);
      if (now) segments.push({ path, times, size: now.size, base, writtenAt: now.writtenAt });
      base += now?.size ?? 0;
    }
    return segments;
  }
}

/** Reads from the end until there are enough line ends, or everything was read, or as much as is allowed. */
async function readBack(
  segments: readonly Segment[],
  want: { readonly end: number; readonly lines: number; readonly most: number },
): Promise<{ bytes: Buffer; start: number }> {
  const blocks: Buffer[] = [];
  let start = want.end;
  // One more than wanted: the end of the line before the first one, and the last line's own end.
  let missing = want.lines + 1;
  for (const segment of segments.toReversed()) {
    const file = await open(segment.path, 'r');
    try {
      while (start > segment.base && missing > 0 && want.end - start < want.most) {
        const length = Math.min(blockBytes, start - segment.base);
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start - length - segment.base);
        const block = bytesRead === length ? buffer : buffer.fill(newline, bytesRead);
        for (let i = block.indexOf(newline); i >= 0; i = block.indexOf(newline, i + 1)) missing -= 1;
        blocks.unshift(block);
        start -= length;
      }
    } finally {
      await file.close();
    }
  }
  return { bytes: Buffer.concat(blocks), start };
}

/** Without the first piece when it may begin in the middle of a line, unless it is all there is. */
function splitLines(bytes: Buffer, start: number): { readonly start: number; readonly bytes: Buffer }[] {
  const lines: { start: number; bytes: Buffer }[] = [];
  let from = 0;
  while (from < bytes.length) {
    const end = bytes.indexOf(newline, from);
    const to = end < 0 ? bytes.length : end;
    lines.push({ start: start + from, bytes: bytes.subarray(from, to) });
    from = to + 1;
  }
  if (start > 0 && lines.length > 1) lines.shift();
  return lines;
}

async function statIfThere(path: string): Promise<{ size: number; writtenAt: number } | null> {
  try {
    const { size, mtimeMs } = await stat(path);
    return { size, writtenAt: Math.floor(mtimeMs) };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}
