import { PassThrough } from 'node:stream';
import { failureIn, progressEnds } from '../../../../../src/kubelet/runtime/docker/progress';

const address = 'unix:///run/docker.sock';

describe('what an engine says while it fetches', () => {
  test.each([
    ['{"status":"Pulling from team/app","id":"1.0"}', null],
    ['{"status":"Downloading","progressDetail":{"current":1,"total":2}}', null],
    ['{"stat', null],
    ['null', null],
    ['{"errorDetail":{"message":"filesystem layer verification failed"},"error":"filesystem layer verification failed"}', { code: 'INTERNAL', status: 500, message: 'filesystem layer verification failed' }],
    ['{"error":"unexpected EOF"}', { code: 'INTERNAL', message: 'unexpected EOF' }],
    ['{"errorDetail":{"code":404,"message":"blob unknown"},"error":"blob unknown"}', { code: 'NOT_FOUND', status: 404 }],
    ['{"errorDetail":{"message":"write /bin/busybox: no space left on device"},"error":"…"}', { code: 'DISK_FULL', message: 'write /bin/busybox: no space left on device' }],
  ])('%s', (line, failure) => {
    const found = failureIn(line);
    if (failure) expect(found).toMatchObject(failure);
    else expect(found).toBeNull();
  });

  const read = (): { readonly stream: PassThrough; readonly ends: Promise<void>; readonly lines: () => number } => {
    const stream = new PassThrough();
    let lines = 0;
    const ends = progressEnds(stream, { address, onLine: () => (lines += 1) });
    ends.catch(() => undefined);
    return { stream, ends, lines: () => lines };
  };

  it('is a success when it ends and no line told of a failure', async () => {
    const { stream, ends, lines } = read();
    stream.write('{"status":"Pulling"}\r\n{"sta');
    stream.end('tus":"Done"}');
    await ends;
    expect(lines()).toBe(2);
  });

  it('is the failure that one line told of, also when the connection breaks after it', async () => {
    const { stream, ends } = read();
    stream.write('{"error":"denied"}\n');
    await new Promise(setImmediate);
    stream.destroy(new Error('reset'));
    await expect(ends).rejects.toMatchObject({ message: 'denied' });
  });

  it.each([undefined, Object.assign(new Error('aborted'), { code: 'ECONNRESET' })])('is not over when the connection breaks (%p)', async (error) => {
    const { stream, ends } = read();
    stream.write('{"status":"Pulling"}\n');
    stream.destroy(error);
    await expect(ends).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('broke the connection') });
  });
});
