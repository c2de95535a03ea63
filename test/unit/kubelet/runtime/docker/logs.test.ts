import { logLines } from '../../../../../src/kubelet/runtime/docker/logs';

function frame(stream: 1 | 2, text: string): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

const at = '2026-01-02T03:04:05.123456789Z';
const time = '2026-01-02T03:04:05.123Z';

test('lines of both streams, with their times', () => {
  const answer = Buffer.concat([frame(1, `${at} one ✓\n`), frame(2, `${at} two\n`), frame(1, `${at} \n`)]);
  expect(logLines(answer, 4)).toEqual([
    { time, stream: 'stdout', text: 'one ✓', attempt: 4 },
    { time, stream: 'stderr', text: 'two', attempt: 4 },
    { time, stream: 'stdout', text: '', attempt: 4 },
  ]);
});

test('a long line is put together, whatever the other stream says in between', () => {
  const answer = Buffer.concat([frame(1, `${at} ${'a'.repeat(10)}`), frame(2, `${at} other\n`), frame(1, `${at} ${'b'.repeat(5)}\n`)]);
  expect(logLines(answer, 0).map(({ text }) => text)).toEqual(['other', 'aaaaaaaaaabbbbb']);
});

test('a last line without a newline is a line', () => {
  expect(logLines(frame(1, `${at} half`), 0).map(({ text }) => text)).toEqual(['half']);
});

test('an answer that was cut off is read as far as it goes', () => {
  const whole = Buffer.concat([frame(1, `${at} one\n`), frame(1, `${at} two\n`)]);
  expect(logLines(whole.subarray(0, whole.length - 6), 0).map(({ text }) => text)[0]).toBe('one');
  expect(logLines(Buffer.alloc(0), 0)).toEqual([]);
});
