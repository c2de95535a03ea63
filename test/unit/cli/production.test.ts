import { readFileSync } from 'node:fs';
import { join } from 'node:path';

function load(): void {
  jest.isolateModules(() => void jest.requireActual('../../../src/cli/production'));
}

describe('the mode that the program runs in', () => {
  const before = process.env.NODE_ENV;
  afterEach(() => {
    process.env.NODE_ENV = before;
  });

  test('is production unless somebody says otherwise', () => {
    delete process.env.NODE_ENV;
    load();
    expect(process.env.NODE_ENV).toBe('production');
    process.env.NODE_ENV = 'development';
    load();
    expect(process.env.NODE_ENV).toBe('development');
  });

  test('is set before anything else is loaded', () => {
    const [first] = readFileSync(join(__dirname, '../../../src/cli/main.ts'), 'utf8').match(/^import .*$/m) ?? [];
    expect(first).toBe("import './production';");
  });
});
