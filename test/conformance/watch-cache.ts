import fc from 'fast-check';
import type { Pod } from '../../src/api/pod';
import { isApiError } from '../../src/errors/api-error';
import type { Registries } from '../../src/registry';
import { decodeObject } from '../../src/registry/codec';
import { compareRefs } from '../../src/registry/keys';
import type { Store } from '../../src/registry/store/store';
import { FakeClock, slowly } from '../support/fake-clock';
import { FaultyStore } from '../support/faulty-store';
import { aPodDraft, openRegistries } from '../support/registries';
import { StreamReader } from '../support/stream-reader';

/**
 * The read and watch invariants of the store (S4 to S6, S9), asked of the cache and its streams, with the memory of what was
 * written as the reference: every revision that can be read is read exactly, every stream from every revision gives exactly what followed.
 * Connections break and history is compacted in between; the window is small or large.
 */
const step = fc.record({
  act: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('put' as const) },
    { weight: 3, arbitrary: fc.constantFrom('delete' as const, 'status' as const) },
    { weight: 1, arbitrary: fc.constantFrom('drop' as const, 'compact' as const) },
  ),
  namespace: fc.constantFrom('a', 'a-b'),
  name: fc.constantFrom('x', 'y', 'x-1'),
  app: fc.constantFrom('web', 'db'),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

async function statesOf(store: Store): Promise<readonly Pod[]> {
  const { items } = await store.list('/registry/pods/');
  return items.map((item) => decodeObject<Pod>('Pod', item).object).sort(compareRefs);
}

async function take(registries: Registries, { namespace, name, app }: Step, act: 'put' | 'delete' | 'status', count: number): Promise<void> {
  const { pods } = registries;
  const labels = { app };
  const there = pods.informer.lister.get(namespace, name);
  if (!there) {
    if (act === 'put') await pods.create(aPodDraft(name, { namespace, labels }));
  } else if (act === 'put') await pods.update({ namespace, name }, (pod) => ({ ...pod, labels }));
  else if (act === 'delete') await pods.delete({ namespace, name });
  else await pods.updateStatus({ namespace, name }, (pod) => ({ ...pod, status: { ...pod.status, message: String(count) } }));
}

async function readAllPages(registries: Registries, at: string): Promise<readonly Pod[]> {
  const items: Pod[] = [];
  let after: string | null = null;
  for (;;) {
    const page = await registries.pods.list({ at, limit: 2, after });
    expect(page.resourceVersion).toBe(at);
    items.push(...page.items);
    if (!page.hasNextPage) {
      expect(page.totalCount).toBe(items.length);
      return items;
    }
    after = page.cursors.at(-1) ?? null;
  }
}

const keyOf = (pod: Pod): string => `${pod.namespace}/${pod.name}`;
const byKey = (pods: readonly Pod[]): Map<string, Pod> => new Map(pods.map((pod) => [keyOf(pod), pod]));

export interface WatchCacheContractOptions {
  readonly name: string;
  /** Empty, at revision 1. */
  readonly openStore: (clock: FakeClock) => Promise<Store>;
  /** Random histories per window. */
  readonly runs: number;
}

/** What the caches and streams promise, whatever store is under them. */
export function describeWatchCacheContract({ name, openStore, runs }: WatchCacheContractOptions): void {
  describe(name, () => {
    it.each([
      ['a window larger than history', 1_000],
      ['a small window', 6],
    ])('reads every revision exactly and streams exactly what followed, with %s', async (_, windowEvents) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 30 }), async (steps) => {
          const clock = new FakeClock();
          const store = await openStore(clock);
          const writer = await openRegistries({ clock, store });
          const line = new FaultyStore(store);
          const reader = await openRegistries({ clock, store: line, windowEvents });
          const history = new Map<number, readonly Pod[]>([[await store.currentRevision(), []]]);
          try {
            for (const [count, each] of steps.entries()) {
              if (each.act === 'drop') line.dropWatches();
              else if (each.act === 'compact') await line.compactAll();
              else await take(writer.registries, each, each.act, count);
              history.set(await store.currentRevision(), await statesOf(store));
              if (each.act === 'drop') await clock.advance(20_000);
            }
            await writer.registries.pods.create(aPodDraft('end', { namespace: 'z', labels: { app: 'web' } }));
            const head = await store.currentRevision();
            history.set(head, await statesOf(store));
            expect(await slowly(clock, reader.registries.reached(head, 600_000))).toBe(true);
            await checkReads(reader.registries, history, await store.oldestRevision());
            await checkStreams(reader.registries, history);
          } finally {
            await reader.close();
            await writer.close();
            await store.close();
          }
        }),
        { numRuns: runs },
      );
    });
  });
}

async function checkReads(registries: Registries, history: ReadonlyMap<number, readonly Pod[]>, oldest: number): Promise<void> {
  for (const [revision, expected] of history) {
    const read = await readAllPages(registries, String(revision)).catch((error: unknown) => {
      if (isApiError(error, 'EXPIRED') && revision < oldest) return 'expired';
      throw error;
    });
    if (read !== 'expired') expect(read).toEqual(expected);
  }
}

async function checkStreams(registries: Registries, history: ReadonlyMap<number, readonly Pod[]>): Promise<void> {
  for (const matches of [(): boolean => true, (pod: Pod): boolean => pod.labels['app'] === 'web']) {
    for (const [since, start] of history) {
      const seen = byKey(start.filter(matches));
      if (seen.has('z/end')) continue;
      const ending = new AbortController();
      const stream = new StreamReader(registries.streams.pods({ since: String(since), matches, signal: ending.signal }));
      let last = since;
      let snapshot = false;
      while (!seen.has('z/end')) {
        const { type, object, resourceVersion } = await stream.next();
        if (type === 'RESYNC') {
          expect(last).toBe(since);
          seen.clear();
          snapshot = true;
          continue;
        }
        if (!object) throw new Error(`a ${type} out of place`);
        expect(type).toBe(type === 'DELETED' ? 'DELETED' : seen.has(keyOf(object)) ? 'MODIFIED' : 'ADDED');
        if (type === 'DELETED') expect(seen.delete(keyOf(object))).toBe(true);
        else seen.set(keyOf(object), object);
        if (snapshot) continue;
        expect(Number(resourceVersion)).toBeGreaterThan(last);
        last = Number(resourceVersion);
        expect(seen).toEqual(byKey((history.get(last) ?? []).filter(matches)));
      }
      const head = [...history.keys()].at(-1) ?? 0;
      expect(seen).toEqual(byKey((history.get(head) ?? []).filter(matches)));
      ending.abort();
    }
  }
}
