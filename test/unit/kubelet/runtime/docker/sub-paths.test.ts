import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveSubPath, withinVolume } from '../../../../../src/kubelet/runtime/docker/sub-paths';
import { temporaryDirectory } from '../process/support';

type Folder = Awaited<ReturnType<typeof temporaryDirectory>>;

let outside: Folder;
beforeEach(async () => {
  outside = await temporaryDirectory();
  writeFileSync(join(outside.path, 'secret'), 'the machine');
});
afterEach(() => outside.remove());

describe('a sub-path of a volume', () => {
  let parent: Folder;
  let volume: string;
  beforeEach(async () => {
    parent = await temporaryDirectory();
    volume = join(parent.path, 'volume');
    mkdirSync(volume);
  });
  afterEach(() => parent.remove());
  const resolved = (within: string) => resolveSubPath(volume, within, 'data');
  const refusal = (message: unknown) => ({ code: 'CONFIG_REFUSED', message });

  test('is made where it lacks, and may be a file that is there', async () => {
    expect(await resolved('a/b')).toBe(join(volume, 'a/b'));
    expect(readdirSync(join(volume, 'a'))).toEqual(['b']);
    writeFileSync(join(volume, 'a/file'), '');
    expect(await resolved('a/file')).toBe(join(volume, 'a/file'));
    await expect(resolved('a/file/more')).rejects.toMatchObject(refusal(expect.stringMatching(/^subPath a\/file\/more of volume data cannot be made: .*ENOTDIR/)));
  });

  test.each([0o777, 0o2777, 0o750])('is for whoever may use the volume, whatever the umask: %i', async (mode) => {
    mkdirSync(join(volume, 'there'), { mode: 0o700 });
    chmodSync(volume, mode);
    const before = process.umask(0o022);
    try {
      await resolved('a/b');
      await resolved('there/c');
    } finally {
      process.umask(before);
    }
    const modeOf = (path: string): number => statSync(join(volume, path)).mode & 0o7777;
    expect(['a', 'a/b', 'there', 'there/c'].map(modeOf)).toEqual([mode, mode, 0o700, mode]);
  });

  test.each(['..', 'a/../..', '/etc'])('does not lead out by its words: %s', (subPath) => {
    expect(() => withinVolume(subPath, 'data')).toThrow(`subPath ${subPath} of volume data leads out of the volume`);
  });

  test('does not lead out by a link, wherever that is, and makes nothing there', async () => {
    symlinkSync(outside.path, join(volume, 'away'));
    symlinkSync('../'.repeat(20), join(volume, 'up'));
    mkdirSync(`${volume}-sibling`);
    symlinkSync('../volume-sibling', join(volume, 'sibling'));
    for (const within of ['away', 'away/made', 'away/secret', 'up', 'up/etc', 'sibling']) {
      await expect(resolved(within)).rejects.toMatchObject(refusal(`subPath ${within} of volume data leads out of the volume`));
    }
    expect(readdirSync(outside.path)).toEqual(['secret']);
  });

  test('does not lead nowhere by a link', async () => {
    symlinkSync(join(outside.path, 'made'), join(volume, 'away'));
    await expect(resolved('away')).rejects.toMatchObject(refusal(expect.stringContaining('subPath away of volume data cannot be made')));
    expect(existsSync(join(outside.path, 'made'))).toBe(false);
  });

  test('may follow links that stay inside', async () => {
    mkdirSync(join(volume, 'releases/7'), { recursive: true });
    symlinkSync('releases/7', join(volume, 'current'));
    expect(await resolved('current/logs')).toBe(join(volume, 'releases/7/logs'));
  });
});
