import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from '../../../src/base/directory';
import { temporaryFolder } from '../../support/temporary-folder';

const onLinux = process.platform === 'linux' ? it : it.skip;

describe('making a directory', () => {
  let folder: { path: string; remove: () => Promise<void> };
  beforeEach(async () => {
    folder = await temporaryFolder('directory');
  });
  afterEach(() => folder.remove());

  it('makes those above it too, all with this mode', async () => {
    await makeDirectory(join(folder.path, 'a/b/c'), 0o700);
    for (const path of ['a', 'a/b', 'a/b/c']) expect(statSync(join(folder.path, path)).mode & 0o777).toBe(0o700);
  });

  it('leaves one that is there as it is', async () => {
    const path = join(folder.path, 'there');
    mkdirSync(path, { mode: 0o755 });
    await makeDirectory(path, 0o700);
    expect(statSync(path).mode & 0o777).toBe(0o755);
    await makeDirectory('/', 0o700);
  });

  it('does not take a file for a directory', async () => {
    const file = join(folder.path, 'file');
    writeFileSync(file, '');
    await expect(makeDirectory(file, 0o700)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeDirectory(join(file, 'below'), 0o700)).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  onLinux('gives up where a file system answers that the parent is missing, whatever there is', async () => {
    await expect(makeDirectory('/proc/podql', 0o700)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(makeDirectory('/proc/podql/deep/data', 0o700)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
