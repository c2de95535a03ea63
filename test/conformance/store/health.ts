import type { StoreContractOptions } from './harness';
import { bytes, invariant, openFor } from './harness';

/** What makes a store refuse writes is each backend's own; its tests provoke it. */
export function describeHealth(options: StoreContractOptions): void {
  invariant(options, 'S16', 'the store says whether it takes writes', () => {
    it('has no fault to tell of while it takes them, whatever single ones it refuses', async () => {
      const { store } = await openFor(options);
      expect(store.writeFault()).toBeNull();
      await store.create('/a', bytes('1'));
      await expect(store.create('/a', bytes('1'))).rejects.toMatchObject({ code: 'EXISTS' });
      await expect(store.update('/a', bytes('2'), 99)).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(store.writeFault()).toBeNull();
    });

    it('says CLOSED once it is closed', async () => {
      const { store } = await openFor(options);
      await store.close();
      expect(store.writeFault()).toMatchObject({ code: 'CLOSED' });
    });
  });
}
