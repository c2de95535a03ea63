import { describeDurability } from './store/durability';
import type { StoreContractOptions, StoreUnderTest } from './store/harness';
import { describeLeases } from './store/leases';
import { describeReads } from './store/reads';
import { describeHealth } from './store/health';
import { describeWatchLimits } from './store/watch-limits';
import { describeWatches } from './store/watches';
import { describeWrites } from './store/writes';

export type { StoreContractOptions, StoreSetup, StoreUnderTest } from './store/harness';

/**
 * What every Store promises (src/registry/store/store.ts); each test bears the number of its invariant. A backend's
 * own test file makes a store, calls this, and then pins what is special about it.
 */
export function describeStoreContract(options: StoreContractOptions): void {
  const open: StoreUnderTest[] = [];
  const tracked: StoreContractOptions = {
    ...options,
    open: async (setup) => {
      const opened = await options.open(setup);
      open.push(opened);
      return opened;
    },
  };
  describe(`the ${options.name} store keeps the store's contract`, () => {
    afterEach(async () => {
      for (const opened of open.splice(0)) await opened.dispose();
    });
    describeWrites(tracked);
    describeReads(tracked);
    describeWatches(tracked);
    describeWatchLimits(tracked);
    describeLeases(tracked);
    describeDurability(tracked);
    describeHealth(tracked);
  });
}
