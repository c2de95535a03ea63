import { openMemoryStore } from '../../../../../src/registry/store/memory/store';
import { describeStoreContract } from '../../../../conformance/store';

describeStoreContract({
  name: 'memory',
  capabilities: { durable: false },
  open: async (setup) => {
    const store = await openMemoryStore(setup);
    return { store, dispose: () => store.close() };
  },
});
