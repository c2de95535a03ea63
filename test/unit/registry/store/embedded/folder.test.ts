import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { silentLogger } from '../../../../../src/base/logger';
import { openEmbeddedStore } from '../../../../../src/registry/store/embedded/store';
import type { Store } from '../../../../../src/registry/store/store';
import { FakeClock } from '../../../../support/fake-clock';
import { temporaryFolder } from '../../../../support/temporary-folder';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("the embedded store's folder", () => {
  let folder: { path: string; remove: () => Promise<void> };
  const clock = new FakeClock();
  const open = (directory = folder.path): Promise<Store> => openEmbeddedStore({ directory, clock, logger: silentLogger });

  beforeEach(async () => {
    folder = await temporaryFolder('folder');
  });
  afterEach(() => folder.remove());

  it('is made, with its parents, and is for this user only', async () => {
    const directory = join(folder.path, 'deep/data');
    const store = await open(directory);
    expect(statSync(directory).mode & 0o077).toBe(0);
    await store.close();
  });

  it('belongs to one store at a time, and the refusal names it', async () => {
    const store = await open();
    await expect(open()).rejects.toMatchObject({ code: 'IN_USE', message: expect.stringContaining(folder.path) });
    expect(await store.create('/a', bytes('1'))).toEqual({ revision: 2 });
    await store.close();
    const next = await open();
    expect(await next.currentRevision()).toBe(2);
    await next.close();
  });

  it('must be a folder', async () => {
    const file = join(folder.path, 'file');
    writeFileSync(file, 'x');
    await expect(open(file)).rejects.toMatchObject({ code: 'MISCONFIGURED', message: expect.stringContaining(file) });
    await expect(open(join(file, 'below'))).rejects.toMatchObject({ code: 'MISCONFIGURED' });
  });

  // procfs lets nobody make a directory, and says of every one that its parent is missing.
  it.each(['/proc/podql', '/proc/podql/deep/data', '/proc'])('must be able to keep data, which %s is not', async (directory) => {
    await expect(open(directory)).rejects.toMatchObject({
      code: 'MISCONFIGURED',
      message: expect.stringMatching(new RegExp(`^data folder ${directory}: .*choose another folder`)),
    });
  });

  it('must have a path that the file system takes', async () => {
    await expect(open(join(folder.path, 'x'.repeat(300)))).rejects.toMatchObject({ code: 'MISCONFIGURED' });
  });

  /** Changes the data behind the store's back. */
  const tamper = async (change: (db: ClassicLevel<Buffer, Buffer>) => Promise<void>): Promise<void> => {
    const store = await open();
    await store.create('/a', bytes('1'));
    await store.create('/b', bytes('1'));
    await store.close();
    const db = new ClassicLevel<Buffer, Buffer>(folder.path, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
    await change(db);
    await db.close();
  };
  const record = (revision: number): Buffer => Buffer.from(`72${revision.toString(16).padStart(16, '0')}00000000`, 'hex');

  it.each<[string, (db: ClassicLevel<Buffer, Buffer>) => Promise<void>, RegExp]>([
    ['a revision in the middle is missing', (db) => db.del(record(2)), /should go on with revision 2, but has 3/],
    ['the newest revision is missing', (db) => db.del(record(3)), /should go on with revision 2, but has 3/],
    ['a record is cut short', (db) => db.put(record(3), Buffer.from('000', 'latin1')), /record of revision 3 is cut short/],
    ['the data are of a later format', (db) => db.put(Buffer.from('mformat'), Buffer.from('9')), /format 9, this podql reads format 1/],
  ])('is refused as CORRUPT when %s', async (_, change, words) => {
    await tamper(change);
    await expect(open()).rejects.toMatchObject({ code: 'CORRUPT', message: expect.stringMatching(words) });
    // The refusal has let go of the folder.
    const db = new ClassicLevel(folder.path);
    await db.open();
    await db.close();
  });

  it('is refused as CORRUPT when LevelDB cannot read it', async () => {
    await (await open()).close();
    writeFileSync(join(folder.path, 'CURRENT'), 'garbage');
    await expect(open()).rejects.toMatchObject({ code: 'CORRUPT', message: expect.stringContaining(folder.path) });
  });
});
