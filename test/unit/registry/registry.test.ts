import { describeRegistryContract } from '../../conformance/registry';
import { openMemoryStore } from '../../../src/registry/store/memory/store';

describeRegistryContract({ name: 'registry on the memory store', openStore: (clock) => openMemoryStore({ clock }) });
