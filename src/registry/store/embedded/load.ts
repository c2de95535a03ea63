import { StoreError } from '../../../errors/store-error';
import type { Key, Revision } from '../store';
import type { Entry } from './mvcc';
import { Mvcc } from './mvcc';
import type { LogRecord, LogState, Position, RevisionLog } from './revision-log';

export interface Loaded {
  readonly mvcc: Mvcc;
  /** Records that a compaction, cut short by the end of the last process, has left in the log; oldest first. */
  readonly leftover: readonly Position[];
}

/** One ordered scan rebuilds the memory. CORRUPT if a revision is missing. */
export async function load(log: RevisionLog, state: LogState, historyBytes: number): Promise<Loaded> {
  const base = new Map<Key, Entry>();
  const leftover: Position[] = [];
  let mvcc: Mvcc | undefined;
  let group: Entry[] = [];
  const finishGroup = (): void => {
    if (group.length === 0) return;
    mvcc ??= new Mvcc(historyBytes, state.scheduled, base.values());
    checkNext(mvcc.head + 1, group[0]?.revision);
    mvcc.apply(group);
    group = [];
  };
  for await (const record of log.records()) {
    const entry = toEntry(record);
    if (entry.revision <= state.scheduled) {
      const older = base.get(entry.key);
      if (older) leftover.push(positionOf(older));
      if (entry.deleted) {
        base.delete(entry.key);
        leftover.push(positionOf(entry));
      } else base.set(entry.key, entry);
      continue;
    }
    if (entry.revision !== group[0]?.revision) finishGroup();
    group.push(entry);
  }
  finishGroup();
  mvcc ??= new Mvcc(historyBytes, state.scheduled, base.values());
  checkNext(mvcc.head, state.head);
  leftover.sort((a, b) => a.revision - b.revision || a.sub - b.sub);
  return { mvcc, leftover };
}

export function toEntry({ revision, sub, key, value, createRevision, version, lease }: LogRecord): Entry {
  return { revision, sub, key, deleted: value === null, createRevision, version, lease, bytes: value?.byteLength ?? 0, value: value ?? undefined };
}

function positionOf({ revision, sub }: Position): Position {
  return { revision, sub };
}

function checkNext(expected: Revision, found: Revision | undefined): void {
  if (found === expected) return;
  throw new StoreError('CORRUPT', `the log should go on with revision ${expected}, but has ${found}: restore a copy of the data folder`);
}
