import { openMemoryStore } from '../../src/registry/store/memory/store';
import { describeWatchCacheContract } from '../conformance/watch-cache';

describeWatchCacheContract({ name: 'the watch cache on the memory store', openStore: (clock) => openMemoryStore({ clock }), runs: 25 });
