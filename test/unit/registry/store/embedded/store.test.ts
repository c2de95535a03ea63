import { silentLogger } from '../../../../../src/base/logger';
import { openEmbeddedStore } from '../../../../../src/registry/store/embedded/store';
import type { Store } from '../../../../../src/registry/store/store';
import type { StoreSetup, StoreUnderTest } from '../../../../conformance/store';
import { describeStoreContract } from '../../../../conformance/store';
import { temporaryFolder } from '../../../../support/temporary-folder';

async function openIn(setup: StoreSetup, historyBytes: number): Promise<StoreUnderTest> {
  const folder = await temporaryFolder('store');
  const open = (): Promise<Store> => openEmbeddedStore({ ...setup, directory: folder.path, logger: silentLogger, historyBytes });
  let store = await open();
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await open();
      return store;
    },
    dispose: async () => {
      await store.close();
      await folder.remove();
    },
  };
}

describeStoreContract({
  name: 'embedded',
  capabilities: { durable: true },
  open: (setup) => openIn(setup, 64 * 2 ** 20),
});

describeStoreContract({
  name: 'embedded (history in the log only)',
  capabilities: { durable: true },
  open: (setup) => openIn(setup, 0),
});
