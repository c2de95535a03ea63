import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(__dirname, '../..');
const fixtures = join(root, 'test/fixtures/architecture');
const run = promisify(execFile);

/** The rules that each deliberately bad file must break. The fence itself is tested: a fence that lets these pass is down. */
const expected: Record<string, string> = {
  'api-imports-registry.txt': 'boundaries/dependencies',
  'kubelet-imports-store.txt': 'boundaries/dependencies',
  'registry-imports-store-value.txt': 'boundaries/dependencies',
  'controllers-import-classic-level.txt': 'boundaries/dependencies',
  'file-without-room.txt': 'boundaries/no-unknown-files',
  'time-not-injected.txt': 'no-restricted-properties',
};

test('every fixture is expected to fail, and every expectation has a fixture', () => {
  expect(readdirSync(fixtures).sort()).toEqual(Object.keys(expected).sort());
});

test('the fence of import directions stops each deliberately bad file', async () => {
  // ESLint is an ES module with a configuration of its own: it runs as its users run it, in a process.
  const { stdout } = await run(process.execPath, [join(root, 'scripts/lint-fixtures.mjs')], { cwd: root });
  const broken = JSON.parse(stdout) as Record<string, string[]>;
  for (const [fixture, rule] of Object.entries(expected)) expect({ fixture, rules: broken[fixture] }).toEqual({ fixture, rules: expect.arrayContaining([rule]) });
  expect(broken['good-neighbour']).toEqual([]);
}, 120_000);
