// Lints the deliberately bad files of test/fixtures/architecture as if they stood at the path their first line names,
// and one good line, and prints { file: [broken rules] } as JSON. test/architecture/imports.test.ts reads it.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ESLint } from 'eslint';

const root = join(import.meta.dirname, '..');
const fixtures = join(root, 'test/fixtures/architecture');
const eslint = new ESLint({
  cwd: root,
  // The rules that need types cannot run on text that is in no project; they are not what is tested here.
  overrideConfig: {
    languageOptions: { parserOptions: { project: null } },
    rules: { '@typescript-eslint/no-floating-promises': 'off', '@typescript-eslint/switch-exhaustiveness-check': 'off' },
  },
});

const rulesBroken = async (text, filePath) =>
  (await eslint.lintText(text, { filePath: join(root, filePath) })).flatMap((result) => result.messages.map((message) => message.ruleId));

const result = {
  'good-neighbour': await rulesBroken("import { kinds } from '../api/kinds';\nexport const good = kinds;\n", 'src/registry/good.ts'),
};
for (const name of readdirSync(fixtures)) {
  const text = readFileSync(join(fixtures, name), 'utf8');
  result[name] = await rulesBroken(text, text.match(/^\/\/ as (\S+)/)[1]);
}
console.log(JSON.stringify(result));
