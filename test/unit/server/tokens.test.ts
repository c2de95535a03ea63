import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../../src/base/logger';
import { Access } from '../../../src/server/access';
import { parseTokens, readTokenFile } from '../../../src/server/tokens';

const good = `
- { name: alice, token: alice-token-0123456, roles: [ADMIN] }
- name: worker-1
  token: "worker-token-012345"
  roles: [NODE]
- { name: ci, token: ci-token-0123456789, roles: [VIEW, NODE], node: build-7 }
`;

function faultsOf(text: string): string {
  try {
    parseTokens(text, 'tokens.yaml');
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was wrong with it');
}

describe('a token file', () => {
  test('gives each token its holder, and others nobody', () => {
    const tokens = parseTokens(good, 'tokens.yaml');
    expect(tokens.find('alice-token-0123456')).toEqual({ name: 'alice', roles: ['ADMIN'], nodeName: null });
    expect(tokens.find('alice-token-012345')).toBeNull();
    expect(tokens.find('')).toBeNull();
  });

  test('a kubelet acts for the node of its name, or the one that is named', () => {
    const tokens = parseTokens(good, 'tokens.yaml');
    expect(tokens.find('worker-token-012345')).toMatchObject({ nodeName: 'worker-1' });
    expect(tokens.find('ci-token-0123456789')).toMatchObject({ nodeName: 'build-7' });
  });

  test('may be JSON', () => {
    const tokens = parseTokens(JSON.stringify([{ name: 'a', token: 'a'.repeat(16), roles: ['EDIT'] }]), 'tokens.json');
    expect(tokens.find('a'.repeat(16))).toMatchObject({ name: 'a', roles: ['EDIT'] });
  });

  test('reports every fault at once, each with its line', () => {
    const text = ['- { name: a, token: short, roles: [ADMIN] }', '- { token: "0123456789abcdef", roles: [KING] }', '- just words', '- { name: a, token: "0123456789abcdeX", roles: [VIEW], colour: red }'].join('\n');
    const faults = faultsOf(text).split('\n');
    expect(faults).toEqual(
      expect.arrayContaining([
        'tokens.yaml:1: token must have 16 characters or more, printable ASCII without spaces',
        'tokens.yaml:2: name is required: who holds this token',
        'tokens.yaml:2: "KING" is not a role; one of ADMIN, EDIT, VIEW, NODE',
        'tokens.yaml:3: an entry of the form { name, token, roles } is expected',
        'tokens.yaml:4: the name "a" stands in this file twice',
        'tokens.yaml:4: "colour" is not a field of a token; name, token, roles, node are',
      ]),
    );
  });

  test.each([
    ['nothing', ''],
    ['an object', 'name: a'],
    ['an empty list', '[]'],
  ])('with %s in it is refused', (_what, text) => {
    expect(faultsOf(text)).toContain('tokens.yaml:1: a list of tokens is expected');
  });

  test('with broken YAML says where it breaks', () => {
    expect(faultsOf('- { name: a,\n  token: [\n')).toMatch(/^tokens\.yaml:\d+: /);
  });

  test('never shows a token in a message', () => {
    const text = ['- { name: a, token: "secret-token-012345", roles: [ADMIN] }', '- { name: b, token: "secret-token-012345", roles: [ADMIN] }'].join('\n');
    expect(faultsOf(text)).toContain('tokens.yaml:2: this token stands in this file twice');
    expect(faultsOf(text)).not.toContain('secret-token');
  });
});

describe('a token file on the disk', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'podql-tokens-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function read(mode: number): string[] {
    const path = join(folder, 'tokens.yaml');
    writeFileSync(path, good);
    chmodSync(path, mode);
    const warnings: string[] = [];
    readTokenFile(path, { ...silentLogger, warn: (message) => void warnings.push(message) });
    return warnings;
  }

  test('that others can read is warned of', () => {
    expect(read(0o644)).toEqual([expect.stringContaining('chmod 600')]);
  });

  test('that only its owner can read is not', () => {
    expect(read(0o600)).toEqual([]);
  });

  test('that is not there stops the start with words', () => {
    expect(() => readTokenFile(join(folder, 'none'), silentLogger)).toThrow(expect.objectContaining({ code: 'TOKEN_FILE_INVALID' }));
  });
});

describe('access', () => {
  test('without a token file everybody who gets here is the local ADMIN, whatever they send', () => {
    const access = new Access(null);
    expect(access.identify(undefined)).toMatchObject({ name: 'local', roles: ['ADMIN'] });
    expect(access.identify('Bearer something')).toMatchObject({ name: 'local' });
  });

  test.each([
    ['nothing', undefined],
    ['another scheme', 'Basic YWxpY2U6YWxpY2U='],
    ['a token that is not known', 'Bearer alice-token-9999999'],
    ['the bare token', 'alice-token-0123456'],
  ])('with one, %s is refused', (_what, header) => {
    expect(new Access(parseTokens(good, 'f')).identify(header)).toHaveProperty('refused');
  });

  test('the word Bearer may be written in any case', () => {
    expect(new Access(parseTokens(good, 'f')).identify('bearer alice-token-0123456')).toMatchObject({ name: 'alice' });
  });
});
