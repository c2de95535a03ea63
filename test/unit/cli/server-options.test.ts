import { serverCommand } from '../../../src/cli/commands/server';

/** What the options of `podql server` are read as, without starting one. */
function read(args: readonly string[]): Record<string, unknown> {
  const command = serverCommand().action(() => undefined);
  command.parse(args, { from: 'user' });
  return command.opts();
}

describe('--allow-origin', () => {
  afterEach(() => {
    delete process.env.PODQL_ALLOW_ORIGIN;
  });

  test('may stand several times', () => {
    expect(read(['--allow-origin', 'http://localhost:5173', '--allow-origin', 'https://a.example']).allowOrigin).toEqual(['http://localhost:5173', 'https://a.example']);
    expect(read([]).allowOrigin).toBeUndefined();
  });

  test('stands in the environment with commas, and the command line goes before it', () => {
    process.env.PODQL_ALLOW_ORIGIN = 'http://localhost:5173, https://a.example,';
    expect(read([]).allowOrigin).toEqual(['http://localhost:5173', 'https://a.example']);
    expect(read(['--allow-origin', 'https://b.example']).allowOrigin).toEqual(['https://b.example']);
  });
});
