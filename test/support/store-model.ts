import fc from 'fast-check';
import { isStoreError } from '../../src/errors/store-error';
import type { LeaseId, Revision, Store } from '../../src/registry/store/store';
import type { FakeClock } from './fake-clock';
import { settle } from './fake-clock';
import { WatchReader } from './watch-reader';

/** A model and the store that must behave as it does. */
export interface StorePair {
  readonly clock: FakeClock;
  readonly model: Store;
  real: Store;
  /** Leases by the order in which they were granted: the ids may differ. */
  readonly leases: { readonly model: LeaseId; readonly real: LeaseId }[];
  readonly open: () => Promise<Store>;
}

export interface StoreCommand {
  run(pair: StorePair): Promise<void>;
  toString(): string;
}

const key = fc.constantFrom('/a/1', '/a/2', '/a/3', '/b/1', '/b', '/a');
const prefix = fc.constantFrom('/', '/a/', '/b', '/c');
const value = fc.uint8Array({ maxLength: 12 });
/** Which lease of those granted so far, if any. */
const leaseChoice = fc.option(fc.nat(5));
/** A revision relative to the head; also beyond it. */
const back = fc.integer({ min: -2, max: 25 });

/** Writes come most often; time moves in steps that let leases of 1 to 6 seconds run out now and then. */
export const storeCommands: fc.Arbitrary<StoreCommand> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(key, value, leaseChoice).map(create) },
  { weight: 6, arbitrary: fc.tuple(key, value, leaseChoice, fc.boolean()).map(update) },
  { weight: 4, arbitrary: fc.tuple(key, fc.boolean()).map(remove) },
  { weight: 2, arbitrary: fc.array(fc.tuple(key, value), { minLength: 2, maxLength: 8 }).map(burst) },
  { weight: 1, arbitrary: back.map(compact) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 6 }).map(grant) },
  { weight: 1, arbitrary: fc.nat(5).map(keepAlive) },
  { weight: 1, arbitrary: fc.nat(5).map(revoke) },
  { weight: 2, arbitrary: fc.integer({ min: 100, max: 3000 }).map(advance) },
  { weight: 3, arbitrary: fc.tuple(prefix, back, fc.integer({ min: 1, max: 4 })).map(list) },
  { weight: 2, arbitrary: fc.tuple(prefix, back).map(watch) },
  { weight: 1, arbitrary: fc.constant(reopen()) },
);

function create([at, bytes, choice]: [string, Uint8Array, number | null]): StoreCommand {
  return command(`create ${at} lease ${choice}`, (pair) =>
    both(pair, (store, side) => store.create(at, bytes, { lease: leaseOf(pair, side, choice) })),
  );
}

function update([at, bytes, choice, isStale]: [string, Uint8Array, number | null, boolean]): StoreCommand {
  return command(`update ${at} lease ${choice}${isStale ? ' stale' : ''}`, async (pair) => {
    const expected = await expectedRevision(pair, at, isStale);
    await both(pair, (store, side) => store.update(at, bytes, expected, { lease: leaseOf(pair, side, choice) }));
  });
}

function remove([at, isStale]: [string, boolean]): StoreCommand {
  return command(`delete ${at}${isStale ? ' stale' : ''}`, async (pair) => {
    const expected = await expectedRevision(pair, at, isStale);
    await both(pair, (store) => store.delete(at, expected));
  });
}

/** All at the same time: they share a group, and must come out as if one after the other. */
function burst(writes: [string, Uint8Array][]): StoreCommand {
  return command(`burst of ${writes.length}`, (pair) =>
    both(pair, (store) => Promise.all(writes.map(([at, bytes]) => answerOf(() => store.create(at, bytes))))),
  );
}

function compact(distance: number): StoreCommand {
  return command(`compact head-${distance}`, async (pair) => {
    const revision = (await pair.model.currentRevision()) - distance;
    await both(pair, (store) => store.compact(revision));
  });
}

function grant(seconds: number): StoreCommand {
  return command(`grant ${seconds}`, async (pair) => {
    const [model, real] = await Promise.all([pair.model.leases.grant(seconds), pair.real.leases.grant(seconds)]);
    expect(real.ttlSeconds).toBe(model.ttlSeconds);
    pair.leases.push({ model: model.id, real: real.id });
  });
}

function keepAlive(choice: number): StoreCommand {
  return command(`keep alive ${choice}`, (pair) =>
    both(pair, (store, side) => store.leases.keepAlive(leaseOf(pair, side, choice) ?? '0')),
  );
}

function revoke(choice: number): StoreCommand {
  return command(`revoke ${choice}`, (pair) =>
    both(pair, (store, side) => store.leases.revoke(leaseOf(pair, side, choice) ?? '0')),
  );
}

function advance(milliseconds: number): StoreCommand {
  return command(`advance ${milliseconds}`, async (pair) => {
    await pair.clock.advance(milliseconds);
    // What has expired must still reach the disk.
    const revision = await pair.model.currentRevision();
    while ((await pair.real.currentRevision()) < revision) await settle();
  });
}

function list([under, distance, limit]: [string, number, number]): StoreCommand {
  return command(`list ${under} at head-${distance}, pages of ${limit}`, async (pair) => {
    const revision = (await pair.model.currentRevision()) - distance;
    await both(pair, async (store, side) => {
      const items = [];
      let page = await store.list(under, { revision, limit });
      items.push(...page.items);
      while (page.more) {
        page = await store.list(under, { revision, limit, afterKey: items.at(-1)?.key });
        items.push(...page.items);
      }
      return items.map((item) => ({ ...item, lease: leaseNumber(pair, side, item.lease) }));
    });
  });
}

function watch([under, distance]: [string, number]): StoreCommand {
  return command(`watch ${under} after head-${distance}`, async (pair) => {
    const after = Math.min(await pair.model.currentRevision(), (await pair.model.currentRevision()) - distance);
    await both(pair, (store, side) => history(pair, side, store, { under, after }));
  });
}

/** The process ends and starts again. Leases of the real store would have their full time again: so have the model's. */
function reopen(): StoreCommand {
  return command('close and open', async (pair) => {
    await pair.real.close();
    pair.real = await pair.open();
    for (const { model, real } of pair.leases) {
      await answerOf(() => pair.model.leases.keepAlive(model));
      await answerOf(() => pair.real.leases.keepAlive(real));
    }
  });
}

/** Everything there is to see: the state at each readable revision, and the whole history. */
export async function agree(pair: StorePair): Promise<void> {
  const head = await pair.model.currentRevision();
  const oldest = await pair.model.oldestRevision();
  await both(pair, (store) => store.currentRevision());
  await both(pair, (store) => store.oldestRevision());
  for (let revision = oldest; revision <= head; revision += 1) await list(['/', head - revision, 100]).run(pair);
  await watch(['/', head - oldest]).run(pair);
}

type Side = 'model' | 'real';

function command(name: string, run: (pair: StorePair) => Promise<void>): StoreCommand {
  return { run, toString: () => name };
}

async function both(pair: StorePair, act: (store: Store, side: Side) => Promise<unknown>): Promise<void> {
  const model = await answerOf(() => act(pair.model, 'model'));
  const real = await answerOf(() => act(pair.real, 'real'));
  expect(real).toEqual(model);
}

/** An answer, or a refusal with all that a caller can see of it but the words. */
async function answerOf(act: () => Promise<unknown>): Promise<unknown> {
  try {
    return { answer: await act() };
  } catch (error) {
    if (!isStoreError(error)) throw error;
    const { code, outcome, current, oldest } = error;
    return { code, outcome, current, oldest };
  }
}

async function expectedRevision({ model }: StorePair, at: string, isStale: boolean): Promise<Revision> {
  const { item, revision } = await model.get(at);
  return isStale ? revision + 1 : (item?.modRevision ?? revision);
}

function leaseOf(pair: StorePair, side: Side, choice: number | null): LeaseId | undefined {
  return choice === null ? undefined : pair.leases.at(-1 - choice)?.[side];
}

function leaseNumber(pair: StorePair, side: Side, id: LeaseId | null): number | null {
  return id === null ? null : pair.leases.findIndex((lease) => lease[side] === id);
}

async function history(pair: StorePair, side: Side, store: Store, from: { under: string; after: Revision }): Promise<unknown> {
  const watching = new WatchReader(store, from.under, from.after);
  try {
    const { batches, revision } = await watching.untilProgress();
    const known = (item: { lease: LeaseId | null } | null): unknown => item && { ...item, lease: leaseNumber(pair, side, item.lease) };
    return {
      revision,
      batches: batches.map((batch) => ({
        revision: batch.revision,
        events: batch.events.map((event) => ({ ...event, item: known(event.item), previous: known(event.previous) })),
      })),
    };
  } finally {
    watching.abort();
  }
}
