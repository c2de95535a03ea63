import { banner } from '../../../src/server/banner';
import { readiness } from '../../../src/server/health';
import { readPlayground } from '../../../src/server/playground';

const facts = {
  version: '0.3.1',
  url: 'http://127.0.0.1:4000',
  dataPlace: '/var/lib/podql',
  node: { name: 'machine', runtime: 'process' },
  access: 'local',
} as const;

describe('the banner', () => {
  test('says where things are and what to do first', () => {
    const text = banner(facts, { colour: false });
    expect(text).toContain('Playground  http://127.0.0.1:4000/graphql');
    expect(text).toContain('/var/lib/podql');
    expect(text).toContain('machine, runs pods as local processes');
    expect(text).toContain("curl -s http://127.0.0.1:4000/graphql -H 'content-type: application/json' -d '");
    expect(text).toContain('Ctrl-C');
    expect(text).not.toContain('\u001b');
  });

  test('has colours for a terminal only', () => {
    expect(banner(facts, { colour: true })).toContain('\u001b[36mhttp://127.0.0.1:4000/graphql\u001b[0m');
  });

  test('shows where the token goes when one is needed', () => {
    expect(banner({ ...facts, access: 'tokens' }, { colour: false })).toContain("-H 'authorization: Bearer YOUR-TOKEN'");
  });

  test('says how to join a node when there is none', () => {
    expect(banner({ ...facts, node: null }, { colour: false })).toContain('podql kubelet');
  });

  test('its first query is JSON that a shell hands on unchanged', () => {
    const [, body = ''] = /-d '([^']*)'/.exec(banner(facts, { colour: false })) ?? [];
    expect(JSON.parse(body)).toEqual({ query: '{ pods { nodes { name ready restartCount status { phase reason } } } }' });
  });
});

describe('readiness', () => {
  const well = { name: 'caches', problem: () => null };
  const ill = { name: 'store', problem: () => 'the disk is full' };

  test('is one word when all is well, the list when asked', () => {
    expect(readiness([well], { verbose: false })).toEqual({ status: 200, body: 'ok\n' });
    expect(readiness([well], { verbose: true }).body).toBe('[+] caches ok\nreadyz check passed\n');
  });

  test('is the list when something is wrong', () => {
    expect(readiness([well, ill], { verbose: false })).toEqual({
      status: 503,
      body: '[+] caches ok\n[-] store: the disk is full\nreadyz check failed\n',
    });
  });
});

describe('the playground', () => {
  test('a page that says how to build it when it was not built', () => {
    const { page, assets } = readPlayground(['/nonexistent']);
    expect(page).toContain('npm run build');
    expect(assets.size).toBe(0);
  });
});
