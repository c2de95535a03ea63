// npm run schema: writes schema.graphql from the decorated classes. With --check it writes nothing and fails if the file differs.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { require as load } from 'tsx/cjs/api';

const file = join(import.meta.dirname, '..', 'schema.graphql');
const { createSchema } = load('../src/resolvers/schema.ts', import.meta.url);
const { printedSchema } = load('../src/resolvers/printed-schema.ts', import.meta.url);
const printed = printedSchema(createSchema());

if (!process.argv.includes('--check')) {
  writeFileSync(file, printed);
  console.log(`wrote schema.graphql, ${printed.split('\n').length} lines`);
} else if (!existsSync(file) || readFileSync(file, 'utf8') !== printed) {
  console.error('schema.graphql differs from src/resolvers: run `npm run schema`, look at the difference, and commit it.');
  process.exit(1);
}
