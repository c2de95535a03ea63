import type { Store, StoredValue } from '../../../src/registry/store/store';
import type { Clock } from '../../../src/base/clock';
import type { SuiteTime } from './time';
import { fakeTime, realTime } from './time';

/** What the suite asks for; a backend that cannot be tuned says so by skipping the tests that need it. */
export interface StoreSetup {
  readonly clock: Clock;
  readonly progressInterval: number;
  readonly watchCapacity: number;
}

export interface StoreUnderTest {
  /** Empty, at revision 1. */
  readonly store: Store;
  /** Closes the store and opens it again on the same data. Only of a durable one. */
  readonly reopen?: () => Promise<Store>;
  /** Closes and removes everything. */
  readonly dispose: () => Promise<void>;
}

export type Invariant =
  | 'S1' | 'S2' | 'S3' | 'S4' | 'S5' | 'S6' | 'S7' | 'S8' | 'S9' | 'S10' | 'S11' | 'S12' | 'S13' | 'S14' | 'S15' | 'S16';

export interface StoreContractOptions {
  readonly name: string;
  readonly open: (setup: StoreSetup) => Promise<StoreUnderTest>;
  readonly capabilities: { readonly durable: boolean };
  /** "real" for a store that is another program: its time cannot be moved. "fake" unless given. */
  readonly time?: 'fake' | 'real';
  readonly skip?: readonly { readonly id: Invariant; readonly reason: string }[];
}

/** One invariant's tests. A skipped one stays visible, with its reason, in the report. */
export function invariant(options: StoreContractOptions, id: Invariant, title: string, tests: () => void): void {
  const skipped = options.skip?.find((entry) => entry.id === id);
  if (skipped) describe.skip(`${id} ${title} (not here: ${skipped.reason})`, tests);
  else describe(`${id} ${title}`, tests);
}

export interface Opened extends StoreUnderTest {
  readonly time: SuiteTime;
}

export async function openFor(options: StoreContractOptions, limits: { watchCapacity?: number } = {}): Promise<Opened> {
  const time = options.time === 'real' ? realTime() : fakeTime();
  const { clock, progressInterval } = time;
  const setup: StoreSetup = { clock, progressInterval, watchCapacity: limits.watchCapacity ?? 1000 };
  return { ...(await options.open(setup)), time };
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export const text = (item: StoredValue | null | undefined): string | null => (item ? new TextDecoder().decode(item.value) : null);

/** "/a=1@2": key, value, revision of the last change. */
export const inShort = (items: readonly StoredValue[]): string[] =>
  items.map((item) => `${item.key}=${text(item)}@${item.modRevision}`);
