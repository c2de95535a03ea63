import { openMemoryStore } from '../../../../src/registry/store/memory/store';
import { describeInformerContract } from '../../../conformance/informer';
import { cacheInformer } from '../../../support/cache-informer';

describeInformerContract({
  name: 'watch cache on the memory store',
  create: (prepare) => cacheInformer((clock) => openMemoryStore({ clock }), prepare),
});
