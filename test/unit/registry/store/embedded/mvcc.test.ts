import type { Entry } from '../../../../../src/registry/store/embedded/mvcc';
import { Mvcc } from '../../../../../src/registry/store/embedded/mvcc';

const put = (key: string, revision: number, bytes = 10): Entry => ({
  revision,
  sub: 0,
  key,
  deleted: false,
  createRevision: revision,
  version: 1,
  lease: null,
  bytes,
  value: new Uint8Array(bytes),
});
const tombstone = (key: string, revision: number): Entry => ({ ...put(key, revision), deleted: true, bytes: 0, value: undefined });
const named = (entries: readonly Entry[]): string[] => entries.map(({ key, revision }) => `${key}@${revision}`);

function mvccOf(entries: readonly Entry[], historyBytes = 1000): Mvcc {
  const mvcc = new Mvcc(historyBytes);
  for (const entry of entries) mvcc.apply([entry]);
  return mvcc;
}

describe('Mvcc', () => {
  it('gives up, oldest first, what no read from the compacted revision on can see, tombstones included', () => {
    const mvcc = mvccOf([put('/a', 2), put('/b', 3), put('/a', 4), tombstone('/b', 5), put('/c', 6), put('/a', 7)]);
    expect(named(mvcc.compact(6))).toEqual(['/a@2', '/b@3', '/b@5']);
    expect(named(mvcc.range('/', { revision: 6, limit: 10 }).entries)).toEqual(['/a@4', '/c@6']);
    expect(named(mvcc.compact(7))).toEqual(['/a@4']);
  });

  it('keeps what a read at the compacted revision sees of keys that are deleted later', () => {
    const mvcc = mvccOf([put('/a', 2), put('/b', 3), tombstone('/a', 4)]);
    expect(named(mvcc.compact(3))).toEqual([]);
    expect(mvcc.at('/a', 3)?.revision).toBe(2);
    expect(mvcc.latest('/a')).toBeUndefined();
  });

  it('lets go of the values that were superseded first when they exceed the budget, never of the newest', () => {
    const entries = [put('/a', 2), put('/b', 3), put('/a', 4), put('/b', 5), put('/a', 6), put('/a', 7)];
    mvccOf(entries, 25);
    expect(named(entries.filter(({ value }) => value))).toEqual(['/a@4', '/b@5', '/a@6', '/a@7']);
  });

  it('has the budget free again after a compaction', () => {
    const entries = [put('/a', 2), put('/a', 3), put('/a', 4)];
    const mvcc = mvccOf(entries, 20);
    mvcc.compact(4);
    const later = [put('/a', 5), put('/a', 6)];
    for (const entry of later) mvcc.apply([entry]);
    expect(named([...entries, ...later].filter(({ value }) => value))).toEqual(['/a@4', '/a@5', '/a@6']);
  });
});
