import { Command } from 'commander';
import { createProgram } from '../../../src/cli/program';
import { explain, runProgram } from '../../../src/cli/run-program';
import { listenForStop } from '../../../src/cli/signals';
import { versionText } from '../../../src/cli/commands/version';
import { ApiError } from '../../../src/errors/api-error';
import { StartError } from '../../../src/server/start-error';

let output = '';
let errors = '';
beforeEach(() => {
  output = '';
  errors = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((output += String(text)), true));
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((errors += String(text)), true));
});
afterEach(() => jest.restoreAllMocks());

const run = (...args: string[]): Promise<number> => runProgram(createProgram(), ['node', 'podql', ...args]);

describe('the command line', () => {
  test.each([
    ['an option that does not exist', ['server', '--lissten', 'x'], '--listen'],
    ['a value that is not among the choices', ['server', '--runtime', 'vm'], 'auto, process, docker, none'],
    ['a number that is none', ['server', '--history', 'long'], 'whole number'],
    ['a verb that does not exist', ['serve'], 'server'],
    ['an option that is missing', ['kubelet'], '--server'],
  ])('%s: exit code 2, a code and what would have been right', async (_what, args, hint) => {
    await expect(run(...args)).resolves.toBe(2);
    expect(errors).toContain('[INVALID_OPTION]');
    expect(errors).toContain(hint);
  });

  test('a start that is refused: one paragraph, no stack, exit code 1', async () => {
    await expect(run('server', '--listen', '0.0.0.0:0', '--log-level', 'silent')).resolves.toBe(1);
    expect(errors).toMatch(/^podql: --listen .*--token-file.* \[TOKENS_REQUIRED\]\n$/);
  });

  test('a bad file of registry credentials is refused before anything starts', async () => {
    await expect(run('server', '--store', 'memory:', '--runtime', 'docker', '--registry-credentials', '/nowhere/config.json', '--log-level', 'silent')).resolves.toBe(1);
    expect(errors).toContain('/nowhere/config.json cannot be read');
    expect(errors).toContain('[RUNTIME_UNAVAILABLE]');
  });

  test('an option may stand in the environment', async () => {
    process.env.PODQL_LISTEN = 'nowhere';
    try {
      await expect(run('server', '--log-level', 'silent')).resolves.toBe(2);
      expect(errors).toContain('"nowhere" is not an address');
    } finally {
      delete process.env.PODQL_LISTEN;
    }
  });

  test('version prints itself, as text and as JSON', async () => {
    await expect(run('version')).resolves.toBe(0);
    expect(output).toMatch(/^podql \d+\.\d+\.\d+/);
    output = '';
    await expect(run('version', '-o', 'json')).resolves.toBe(0);
    expect(JSON.parse(output)).toMatchObject({ program: { version: expect.any(String), gitTreeState: expect.any(String) } });
  });

  test('a kubelet says what is wrong with its server and its token file', async () => {
    await expect(run('kubelet', '--server', 'nowhere', '--log-level', 'silent')).resolves.toBe(2);
    expect(errors).toContain('http://HOST:PORT');
    errors = '';
    await expect(run('kubelet', '--server', 'http://127.0.0.1:1', '--token-file', '/nonexistent', '--log-level', 'silent')).resolves.toBe(1);
    expect(errors).toContain('[TOKEN_FILE_INVALID]');
  });
});

describe('what a failed command says', () => {
  test('an API error by its message and code', () => {
    expect(explain(new ApiError('NOT_FOUND', 'pod default/web-0 does not exist'))).toBe('podql: pod default/web-0 does not exist [NOT_FOUND]');
  });

  test('a start error without its cause\'s stack', () => {
    const text = explain(new StartError('ADDRESS_IN_USE', 'taken', new Error('EADDRINUSE')));
    expect(text).toBe('podql: taken [ADDRESS_IN_USE]');
  });

  test('a fault of podql with its stack', () => {
    expect(explain(new Error('oops'))).toMatch(/\[INTERNAL\]\nError: oops\n\s+at /);
  });

  test('a command that waits without a socket or a real timer is not taken for done', async () => {
    const program = new Command('podql');
    let finish: () => void = () => undefined;
    program.command('wait').action(() => new Promise<void>((resolve) => (finish = resolve)));
    const done = runProgram(program, ['node', 'podql', 'wait']);
    expect(process.getActiveResourcesInfo()).toContain('MessagePort');
    finish();
    await expect(done).resolves.toBe(0);
  });
});

describe('signals', () => {
  test('the first asks, the second ends at once, and nothing stays installed', async () => {
    const before = process.listenerCount('SIGINT');
    let ended = 0;
    const stop = listenForStop(() => {
      ended += 1;
      throw new Error('ended');
    });
    process.emit('SIGINT');
    await expect(stop.first).resolves.toBe('SIGINT');
    expect(stop.signal.aborted).toBe(true);
    expect(() => process.emit('SIGTERM')).toThrow('ended');
    expect(ended).toBe(1);
    stop.release();
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});

test('a build without git says so', () => {
  const record = { version: '0.1.0-dev', gitCommit: '', gitTreeState: 'not a git tree', buildDate: 'x', nodeVersion: '20', platform: 'linux/x64', major: 0, minor: 1 } as const;
  expect(versionText('podql', record)).toContain('built without git (not a git tree)');
});
