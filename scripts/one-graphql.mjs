// Two copies of graphql in one process break instanceof in ways that show late: fail early if there are two.
import { readFileSync } from 'node:fs';

const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const copies = Object.keys(lock.packages).filter((path) => path.endsWith('node_modules/graphql'));
if (copies.length !== 1) {
  console.error(`expected one copy of graphql, found ${copies.length}: ${copies.join(', ')}`);
  process.exit(1);
}
console.log('one copy of graphql');
