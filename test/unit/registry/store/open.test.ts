import { join } from 'node:path';
import { silentLogger } from '../../../../src/base/logger';
import { openStore } from '../../../../src/registry/store/open';
import { FakeClock } from '../../../support/fake-clock';
import { temporaryFolder } from '../../../support/temporary-folder';

const options = { clock: new FakeClock(), logger: silentLogger };

describe('openStore', () => {
  it('opens a memory store', async () => {
    const store = await openStore('memory:', options);
    expect(store.capabilities).toMatchObject({ name: 'memory', durable: false });
    await store.close();
  });

  it.each(['embedded:', 'embedded://'])('opens an embedded store in the folder that follows %s', async (scheme) => {
    const folder = await temporaryFolder('open');
    const url = `${scheme}${join(folder.path, 'data')}`;
    const store = await openStore(url, options);
    expect(store.capabilities).toMatchObject({ name: 'embedded', durable: true });
    await store.create('/a', new Uint8Array([1]));
    await store.close();
    const again = await openStore(url, options);
    expect((await again.get('/a')).item?.modRevision).toBe(2);
    await again.close();
    await folder.remove();
  });

  it.each(['postgres://x', 'memory', 'memory:x', '', '/var/lib/podql', 'embedded:', 'embedded://'])(
    'refuses %p and says what is supported',
    async (url) => {
      await expect(openStore(url, options)).rejects.toMatchObject({
        code: 'MISCONFIGURED',
        message: expect.stringContaining('Supported are memory:, embedded:FOLDER and etcd://HOST:PORT/PREFIX'),
      });
    },
  );

  it('repeats no password in its refusal', async () => {
    for (const scheme of ['etcd', 'postgres']) {
      const refusal: unknown = await openStore(`${scheme}://root:secret@127.0.0.1:2379`, options).catch((error: unknown) => error);
      expect(String(refusal)).toContain(`${scheme}://127.0.0.1:2379`);
      expect(String(refusal)).not.toContain('secret');
    }
  });
});
