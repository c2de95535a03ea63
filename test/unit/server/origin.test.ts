import { judgeOrigin, type OriginRules } from '../../../src/server/origin';

const here: OriginRules = { listen: { host: '127.0.0.1', loopback: true }, allowOrigins: [] };
const anywhere: OriginRules = { listen: { host: '0.0.0.0', loopback: false }, allowOrigins: [] };
const byName: OriginRules = { listen: { host: 'podql.example', loopback: false }, allowOrigins: [] };

const kind = (rules: OriginRules, host: string | undefined, origin?: string) => judgeOrigin({ host, origin }, rules).kind;
const because = (rules: OriginRules, host: string, origin?: string) => {
  const verdict = judgeOrigin({ host, origin }, rules);
  return verdict.kind === 'refused' ? verdict.because : verdict.kind;
};

describe('who may speak to a server on loopback', () => {
  test.each([
    ['a program, which sends no Origin', '127.0.0.1:4000', undefined],
    ['by name', 'localhost:4000', undefined],
    ['over IPv6', '[::1]:4000', undefined],
    ['the playground', '127.0.0.1:4000', 'http://127.0.0.1:4000'],
    ['the playground by name', 'LOCALHOST:4000', 'http://localhost:4000'],
    ['the playground over IPv6', '[::1]:4000', 'http://[::1]:4000'],
    ['the playground through a tunnel', 'localhost:5000', 'http://localhost:5000'],
    ['the playground behind a proxy that speaks TLS', 'localhost', 'https://localhost'],
  ])('%s', (_who, host, origin) => {
    expect(kind(here, host, origin)).toBe('own');
  });

  test.each([
    ['a name that was bound to this machine by somebody else', 'rebound.example:4000', undefined],
    ['a page of that name', 'rebound.example:4000', 'http://rebound.example:4000'],
    ['a page of another site', '127.0.0.1:4000', 'https://evil.example'],
    ['a page of another port of this machine', '127.0.0.1:4000', 'http://127.0.0.1:5173'],
    ['a page of another name of this machine', '127.0.0.1:4000', 'http://localhost:4000'],
    ['a page of the same host, but of the port that http has by itself', '127.0.0.1:4000', 'http://127.0.0.1'],
    ['a page that hides where it is from', '127.0.0.1:4000', 'null'],
    ['a file', '127.0.0.1:4000', 'file://'],
    ['what is not of the web', '127.0.0.1:4000', 'foo://127.0.0.1:4000'],
    ['a site whose name begins like ours', '127.0.0.1:4000', 'http://localhost.evil.example'],
    ['no Host', undefined, undefined],
    ['a Host with a path', '127.0.0.1/../x', undefined],
    ['a Host with a user', 'localhost@evil.example', undefined],
  ])('not %s', (_who, host, origin) => {
    expect(kind(here, host, origin)).toBe('refused');
  });

  test('a page that is refused is told how it would be let in', () => {
    expect(because(here, '127.0.0.1:4000', 'http://localhost:5173')).toContain('--allow-origin http://localhost:5173');
    expect(because(here, '127.0.0.1:4000', 'null')).not.toContain('--allow-origin');
  });
});

describe('who may speak to a server that others reach', () => {
  test('programs by any name; they need a token', () => {
    expect(kind(anywhere, 'podql.example:4000')).toBe('own');
  });

  test('its own pages by address, by loopback, and by the name that it listens on', () => {
    expect(kind(anywhere, '192.168.1.5:4000', 'http://192.168.1.5:4000')).toBe('own');
    expect(kind(anywhere, '[2001:db8::1]:4000', 'http://[2001:db8::1]:4000')).toBe('own');
    expect(kind(anywhere, 'localhost:4000', 'http://localhost:4000')).toBe('own');
    expect(kind(byName, 'podql.example:4000', 'http://podql.example:4000')).toBe('own');
  });

  test('no page of a name that it cannot know for its own', () => {
    expect(kind(byName, 'rebound.example:4000', 'http://rebound.example:4000')).toBe('refused');
    expect(because(anywhere, 'podql.example:4000', 'http://podql.example:4000')).toMatch(/does not know podql\.example.*--allow-origin http:\/\/podql\.example:4000/);
  });

  test('no pages of other sites or other ports', () => {
    expect(kind(byName, 'podql.example:4000', 'http://podql.example:5000')).toBe('refused');
    expect(kind(byName, 'podql.example:4000', 'http://localhost:4000')).toBe('refused');
  });
});

describe('origins that were let in', () => {
  const allowOrigins = ['https://dashboard.example', 'http://localhost:5173', 'https://podql.example'];

  test('may come, each as it is and nothing like it', () => {
    for (const origin of allowOrigins) expect(judgeOrigin({ host: '127.0.0.1:4000', origin }, { ...here, allowOrigins })).toEqual({ kind: 'allowed', origin });
    for (const origin of ['http://dashboard.example', 'https://dashboard.example:8443', 'https://a.dashboard.example', 'http://localhost:51730']) {
      expect(kind({ ...here, allowOrigins }, '127.0.0.1:4000', origin)).toBe('refused');
    }
  });

  test('make no foreign Host good', () => {
    expect(kind({ ...here, allowOrigins }, 'dashboard.example', 'https://dashboard.example')).toBe('refused');
  });

  test('may be names of this server, behind a proxy', () => {
    expect(kind({ ...anywhere, allowOrigins }, 'podql.example', 'https://podql.example')).toBe('allowed');
  });
});
