import { eachInTurn, engineError, EngineError, isExecCutOff, isStatus, startFault } from '../../../../../src/kubelet/runtime/docker/faults';
import { RuntimeError } from '../../../../../src/kubelet/runtime/runtime';

const address = 'unix:///run/docker.sock';

describe('what an engine answers', () => {
  test.each([
    [404, 'No such container: x', 'NOT_FOUND'],
    [409, 'You cannot remove a running container', 'INVALID'],
    [400, 'Minimum memory limit allowed is 6MB', 'INVALID'],
    [500, 'driver failed programming external connectivity: Bind for 0.0.0.0:80 failed: port is already allocated', 'PORT_TAKEN'],
    [500, 'listen tcp4 0.0.0.0:80: bind: address already in use', 'PORT_TAKEN'],
    [500, 'no space left on device', 'DISK_FULL'],
    [503, 'this node is not ready', 'UNAVAILABLE'],
  ])('%i %s', (statusCode, message, code) => {
    // The library's own text for a status misleads, so it is not shown.
    const error = engineError(Object.assign(new Error('(HTTP code) no such container'), { statusCode, json: { message } }), address);
    expect(error).toMatchObject({ code, message, status: statusCode });
    expect(isStatus(error, statusCode)).toBe(true);
  });

  test.each([
    ['ENOENT', 'there is no such socket'],
    ['ECONNREFUSED', 'nobody listens there'],
    ['EACCES', 'does not let this user in'],
    ['ECONNRESET', 'broke the connection (ECONNRESET)'],
  ])('no answer: %s', (code, words) => {
    expect(engineError(Object.assign(new Error('connect'), { code }), address)).toMatchObject({ code: 'UNAVAILABLE', status: null, message: expect.stringContaining(words) });
  });

  test('an answer that is a stream: the engine\'s own words', () => {
    const error = Object.assign(new Error('(HTTP code 500) server error - Get "https://registry.example/v2/": no such host '), { statusCode: 500, json: null });
    expect(engineError(error, address).message).toBe('Get "https://registry.example/v2/": no such host');
  });

  test('an error of ours stays as it is', () => {
    const error = new RuntimeError('TIMEOUT', 'late');
    expect(engineError(error, address)).toBe(error);
  });
});

/** As Docker 20.10 and 26.1 with runc 1.1 say it. */
test.each([
  ['failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/no/such": stat /no/such: no such file or directory: unknown', 127, 'program /no/such does not exist'],
  ['failed to create shim: OCI runtime create failed: container_linux.go:380: starting container process caused: exec: "nope": executable file not found in $PATH: unknown', 127, 'program nope was not found in PATH'],
  ['OCI runtime create failed: runc create failed: unable to start container process: exec: "/etc/passwd": permission denied: unknown', 126, 'program /etc/passwd is not executable'],
  ['failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/etc": is a directory: unknown', 126, 'program /etc is a directory, not a program'],
  ['failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error mounting "/x": not a directory: unknown', 128, 'error mounting "/x": not a directory'],
])('why a start failed: %s', (said, exitCode, message) => {
  expect(startFault(said)).toEqual({ exitCode, message });
});

describe('what is done in turn', () => {
  const busy = new EngineError('INTERNAL', 'device or resource busy', 500, undefined);
  const away = new EngineError('UNAVAILABLE', 'nobody listens there', null, undefined);
  const done: string[] = [];
  const does = (name: string, error?: Error) => (): Promise<void> => {
    done.push(name);
    return error ? Promise.reject(error) : Promise.resolve();
  };
  beforeEach(() => void done.splice(0));

  test('is done past what the engine refuses, whose first refusal is told at the end', async () => {
    await expect(eachInTurn([does('a'), does('b', busy), does('c', new EngineError('INVALID', 'in use', 409, undefined)), does('d')])).rejects.toBe(busy);
    expect(done).toEqual(['a', 'b', 'c', 'd']);
  });

  test('ends with an engine that does not answer', async () => {
    await expect(eachInTurn([does('a', busy), does('b', away), does('c')])).rejects.toBe(away);
    expect(done).toEqual(['a', 'b']);
  });

  test('is well when nothing was refused', async () => {
    await eachInTurn([does('a'), does('b')]);
    expect(done).toEqual(['a', 'b']);
  });
});

describe('a command that an engine gave 126', () => {
  test.each([
    ['\u0001\u0000\u0000\u0000\u0000\u0000\u0000#transport is closing: unavailable\r\n', true],
    ['context canceled: unknown', true],
    ['OCI runtime exec failed: exec failed: container_linux.go:380: starting container process caused: permission denied: unknown', false],
    ['sh: /etc/passwd: Permission denied', false],
    ['', false],
  ])('and %j: was it cut off? %s', (said, isCutOff) => {
    expect(isExecCutOff(126, said)).toBe(isCutOff);
    expect(isExecCutOff(1, said)).toBe(false);
  });
});
