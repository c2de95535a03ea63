import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const load = (): Promise<void> => jest.isolateModulesAsync(async () => void (await import('../../../src/cli/production')));

describe('the mode that the program runs in', () => {
  const before = process.env.NODE_ENV;
  afterEach(() => {
    process.env.NODE_ENV = before;
  });

  test('is production unless somebody says otherwise', async () => {
    delete process.env.NODE_ENV;
    await load();
    expect(process.env.NODE_ENV).toBe('production');
    process.env.NODE_ENV = 'development';
    await load();
    expect(process.env.NODE_ENV).toBe('development');
  });

  test('is set before anything else is loaded', () => {
    const [first] = readFileSync(join(__dirname, '../../../src/cli/main.ts'), 'utf8').match(/^import .*$/m) ?? [];
    expect(first).toBe("import './production';");
  });
});
