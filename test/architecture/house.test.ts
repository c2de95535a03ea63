import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { kinds } from '../../src/api/kinds';

const root = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const foldersIn = (path: string): string[] => readdirSync(join(root, path)).filter((name) => statSync(join(root, path, name)).isDirectory());
const filesUnder = (path: string): string[] =>
  readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(join(path, entry.name)) : [join(path, entry.name)],
  );
const kebab = (kind: string): string => kind.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();

describe('every backend hands itself to the suite of its contract', () => {
  const suites = [
    { backends: 'src/registry/store', tests: 'test/unit/registry/store', suite: 'describeStoreContract' },
    { backends: 'src/kubelet/runtime', tests: 'test/unit/kubelet/runtime', suite: 'describeRuntimeContract' },
  ];
  test.each(suites.flatMap(({ backends, ...rest }) => foldersIn(backends).map((name) => ({ name, ...rest }))))('$name calls $suite', ({ name, tests, suite }) => {
    const callers = filesUnder(tests).filter((path) => path.endsWith('.test.ts') && read(path).includes(suite) && (path.includes(`/${name}`) || read(path).includes(`/${name}/`)));
    expect(callers).not.toEqual([]);
  });

  test.each(['describeInformerContract', 'describeRegistryContract', 'describeWorkQueueContract', 'describeApiContract'])('%s is called by somebody', (suite) => {
    const callers = filesUnder('test').filter((path) => path.endsWith('.test.ts') && read(path).includes(`${suite}(`));
    expect(callers).not.toEqual([]);
  });
});

describe('every kind stands in every row of the grid', () => {
  test.each(Object.keys(kinds).map(kebab))('%s', (kind) => {
    const rows = [`src/api/${kind}.ts`, `src/registry/${kind}/strategy.ts`, `src/resolvers/${kind}.ts`, `src/resolvers/types/${kind}.ts`, `src/resolvers/inputs/${kind}.ts`];
    expect(rows.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(filesUnder(`test/unit/registry/${kind}`)).not.toEqual([]);
  });
});

test('each file of src has at most 400 lines, or says why in its first comment', () => {
  const long = filesUnder('src').filter((path) => /\.tsx?$/.test(path) && read(path).split('\n').length > 400);
  expect(long).toEqual([]);
});

test('each test of a unit stands where its file stands', () => {
  const folders = new Set(filesUnder('src').map((path) => dirname(path).replace(/^src/, 'test/unit')));
  const astray = filesUnder('test/unit').filter((path) => path.endsWith('.test.ts') && ![...folders].some((folder) => dirname(path) === folder || `${dirname(path)}`.startsWith(`${folder}/`)) && !path.startsWith('test/unit/support/'));
  expect(astray).toEqual([]);
});

test('each relative link in the documents leads somewhere', () => {
  const documents = [...readdirSync(root).filter((name) => name.endsWith('.md')), ...filesUnder('docs').filter((path) => path.endsWith('.md'))];
  const broken = documents.flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)(?:#[^)]*)?\)/g)]
      .map((match) => join(dirname(path), match[1] ?? ''))
      .filter((target) => !existsSync(join(root, target)))
      .map((target) => `${relative('.', path)} -> ${target}`),
  );
  expect(broken).toEqual([]);
});

describe('package-lock.json', () => {
  interface Locked {
    version?: string;
    resolved?: string;
    optionalDependencies?: Record<string, string>;
  }
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };

  test('names no download address', () => {
    expect(Object.values(packages).filter((entry) => entry.resolved?.startsWith('http'))).toEqual([]);
  });

  test('lists the packages of every platform, or npm ci refuses it', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`]),
    );
    expect(missing).toEqual([]);
  });
});
