import type { TrueChange } from '../../../consistency/check';
import { checkHistory } from '../../../consistency/check';
import type { Call, HistoryRecord, Outcome, PodState } from '../../../consistency/history';

const uid = (n: number): string => `uid-${n}`;

/** etcd's history: web is created at 2, counted up at 3, gets a condition at 4, is counted up at 5, removed at 6, made anew at 7. */
function truth(): TrueChange[] {
  const state = (revision: number, count: number, more: { uid?: string; userVersion?: number } = {}): TrueChange['state'] => ({
    ...pod(revision, count, more.uid),
    userVersion: more.userVersion ?? revision,
  });
  return [
    { revision: 2, name: 'web', count: 1, state: state(2, 0) },
    { revision: 3, name: 'web', count: 2, state: state(3, 1) },
    { revision: 4, name: 'web', count: 3, state: state(4, 1, { userVersion: 3 }) },
    { revision: 5, name: 'web', count: 4, state: state(5, 2) },
    { revision: 6, name: 'web', count: 0, state: null },
    { revision: 7, name: 'web', count: 1, state: state(7, 0, { uid: uid(2) }) },
  ];
}

function pod(version: number, count: number, id = uid(1)): PodState {
  return { name: 'web', uid: id, version, labels: { count: String(count) }, annotations: {} };
}

let ids = 0;
function operation(time: number, call: Call, outcome: Outcome, took = 1): HistoryRecord {
  return { type: 'operation', id: (ids += 1), client: 'client', server: 0, call, begin: time, end: time + took, outcome };
}

const create = (id: number): Call => ({ verb: 'create', name: 'web', uid: uid(id), labels: { count: '0' } });
const swap = (from: number, precondition: number): Call => ({ verb: 'update', name: 'web', labels: { count: String(from + 1) }, precondition, basedOn: String(from) });
const written = (state: PodState): Outcome => ({ kind: 'written', pod: state });
const refused = (code: string): Outcome => ({ kind: 'refused', code });
const unknown: Outcome = { kind: 'unknown', code: 'TIMEOUT' };
const read: Call = { verb: 'read', name: 'web' };
const found = (state: PodState, stale = false): Outcome => ({ kind: 'found', pod: state, stale });
const absent: Outcome = { kind: 'absent', stale: false };

/** Those who wrote it, at 10, 20, and so on. The second count was made with the version of the condition. */
function writers(): HistoryRecord[] {
  return [
    operation(10, create(1), written(pod(2, 0))),
    operation(20, swap(0, 2), written(pod(3, 1))),
    operation(40, swap(1, 4), written(pod(5, 2))),
    operation(50, { verb: 'delete', name: 'web', uid: uid(1) }, written(pod(5, 2))),
    operation(60, create(2), written(pod(7, 0, uid(2)))),
  ];
}

const session = (since: number | null, at = 0, server = 0): HistoryRecord => ({ type: 'session', watcher: 'watcher', server, at, since });
type Seen = Extract<HistoryRecord, { type: 'change' }>;
/** Seen late: a watcher's word also is evidence of what had happened. */
const saw = (change: Seen['change'], version: number, state: PodState | null = null): Seen => ({ type: 'change', watcher: 'watcher', at: 100 + version, change, version, pod: state });

function watcher(): HistoryRecord[] {
  return [
    session(null),
    saw('BOOKMARK', 1),
    saw('ADDED', 2, pod(2, 0)),
    saw('MODIFIED', 3, pod(3, 1)),
    session(3),
    saw('MODIFIED', 4, pod(4, 1)),
    saw('BOOKMARK', 4),
    saw('MODIFIED', 5, pod(5, 2)),
    saw('DELETED', 6, pod(5, 2)),
    saw('ADDED', 7, pod(7, 0, uid(2))),
  ];
}

function rules(records: HistoryRecord[], changes = truth()): string[] {
  return [...new Set(checkHistory(records, changes, 7).map(({ rule }) => rule))];
}
const without = <T>(list: readonly T[], index: number): T[] => list.filter((_, position) => position !== index);
const withItem = <T>(list: readonly T[], index: number, item: T): T[] => list.map((old, position) => (position === index ? item : old));

describe('a history in which all is well', () => {
  test.each<[string, HistoryRecord[]]>([
    ['as it was written', [...writers(), ...watcher()]],
    ['a write whose outcome is unknown, and which happened', withItem(writers(), 1, operation(20, swap(0, 2), unknown))],
    ['a write whose outcome is unknown, and which did not happen', [...writers(), operation(20, swap(7, 2), unknown)]],
    ['a create that was answered once more', [...writers(), operation(25, create(1), written(pod(3, 1)))]],
    ['two deletes of the same pod', [...writers(), operation(50, { verb: 'delete', name: 'web' }, written(pod(5, 2)))]],
    ['refusals with grounds', [...writers(), operation(21.5, swap(0, 2), refused('CONFLICT')), operation(42, create(9), refused('ALREADY_EXISTS')), operation(5, swap(0, 1), refused('NOT_FOUND'))]],
    ['a read of a state that ended while it was read', [...writers(), operation(40.5, read, found(pod(4, 1)), 5)]],
    ['a stale read of an old state', [...writers(), operation(65, read, found(pod(3, 1), true))]],
    ['a read before the first write', [...writers(), operation(5, read, absent)]],
    ['a list of the present', [...writers(), operation(65, { verb: 'list' }, { kind: 'listed', version: 7, pods: [pod(7, 0, uid(2))], stale: false })]],
    ['a watcher that begins with a snapshot', [...writers(), session(null), saw('ADDED', 5, pod(5, 2)), saw('BOOKMARK', 5), saw('DELETED', 6, pod(5, 2)), saw('ADDED', 7, pod(7, 0, uid(2)))]],
    ['a watcher that is cut off in its snapshot', [...writers(), session(null), saw('ADDED', 5, pod(5, 2)), session(5), saw('DELETED', 6, pod(5, 2)), saw('ADDED', 7, pod(7, 0, uid(2)))]],
    [
      'RESYNC after a compaction',
      [...writers(), session(null), saw('BOOKMARK', 1), { type: 'compaction', at: 70, revision: 6 }, session(1), saw('RESYNC', 1), saw('ADDED', 7, pod(7, 0, uid(2))), saw('BOOKMARK', 7)],
    ],
  ])('%s', (_, records) => expect(checkHistory(records, truth(), 7)).toEqual([]));
});

describe('writes', () => {
  test.each<[string, string, HistoryRecord[]]>([
    ['acknowledged writes are there', 'acknowledged, but etcd has no such change', [...writers(), operation(70, swap(0, 7), written(pod(8, 1, uid(2))))]],
    ['acknowledged writes are there', 'acknowledged with other content', withItem(writers(), 1, operation(20, swap(0, 2), written(pod(3, 7))))],
    ['acknowledged writes are there', 'a delete of what is still there', [...writers(), operation(70, { verb: 'delete', name: 'web' }, written(pod(7, 0, uid(2))))]],
    ['compare-and-swap', 'one write acknowledged to two', [...writers(), operation(20, swap(0, 2), written(pod(3, 1)))]],
    ['compare-and-swap', 'on a state that users had changed since', withItem(writers(), 2, operation(40, swap(1, 2), written(pod(5, 2))))],
    ['compare-and-swap', 'of a delete, on a state that users had changed since', withItem(writers(), 3, operation(50, { verb: 'delete', name: 'web', precondition: 4 }, written(pod(5, 2))))],
    ['notApplied means never', 'refused, and it happened', withItem(writers(), 1, operation(20, swap(0, 2), refused('SERVER_TIMEOUT')))],
    ['notApplied means never', 'a create that was refused, and it happened', withItem(writers(), 4, operation(60, create(2), refused('ALREADY_EXISTS')))],
    ['notApplied means never', 'a delete that was refused, and it happened', withItem(writers(), 3, operation(50, { verb: 'delete', name: 'web' }, refused('NOT_FOUND')))],
    ['every change has one cause', 'a change that nobody made', without(writers(), 2)],
    ['preconditions', 'a delete of another pod than was meant', withItem(writers(), 3, operation(50, { verb: 'delete', name: 'web', uid: uid(3) }, written(pod(5, 2))))],
    ['order of versions', 'a version from before the write began', [...writers(), operation(30, read, found(pod(4, 1))), operation(45, { verb: 'update', name: 'web' }, written(pod(4, 1)))]],
    ['refusals have grounds', 'a conflict with nobody', [...writers(), operation(62, swap(0, 7), refused('CONFLICT'))]],
    ['refusals have grounds', 'the name was free', [...writers(), operation(1, create(9), refused('ALREADY_EXISTS'))]],
    ['refusals have grounds', 'it was there', [...writers(), operation(25, swap(1, 3), refused('NOT_FOUND'))]],
  ])('%s: %s', (rule, _, records) => expect(rules(records)).toContain(rule));

  test('one field, one writer: a system that changes what users own', () => {
    const changes = truth().map((change) => (change.revision === 4 && change.state ? { ...change, state: { ...change.state, labels: { count: '9' } } } : change));
    expect(rules(writers(), changes)).toContain('one field, one writer');
  });

  test('complete history: a revision is missing in what etcd told', () => {
    expect(rules(writers(), without(truth(), 2))).toContain('complete history');
  });

  test('every change has one cause: one call whose outcome is unknown happened twice', () => {
    const changes = [...truth()];
    const records = writers();
    changes.push({ revision: 8, name: 'web', count: 2, state: { ...pod(8, 0, uid(2)), annotations: { note: 'a' }, userVersion: 8 } });
    changes.push({ revision: 9, name: 'web', count: 3, state: { ...pod(9, 0, uid(2)), annotations: {}, userVersion: 9 } });
    changes.push({ revision: 10, name: 'web', count: 4, state: { ...pod(10, 0, uid(2)), annotations: { note: 'a' }, userVersion: 10 } });
    records.push(operation(70, { verb: 'update', name: 'web', annotations: { note: 'a' } }, unknown), operation(71, { verb: 'update', name: 'web', annotations: {} }, unknown));
    expect(rules(records, changes)).toEqual(['every change has one cause']);
  });
});

describe('reads', () => {
  test.each<[string, string, HistoryRecord]>([
    ['reads are fresh', 'an old state', operation(30, read, found(pod(2, 0)))],
    ['reads are fresh', 'absent, though it was there', operation(30, read, absent)],
    ['reads are fresh', 'a pod whose deletion was acknowledged', operation(55, read, found(pod(5, 2)))],
    ['reads are fresh', 'an old list', operation(30, { verb: 'list' }, { kind: 'listed', version: 2, pods: [pod(2, 0)], stale: false })],
    ['reads are true', 'a state that never was', operation(30, read, found(pod(3, 5)))],
    ['reads are true', 'a state that never was, marked as stale', operation(30, read, found(pod(3, 5), true))],
    ['a list is one state', 'without what was there', operation(30, { verb: 'list' }, { kind: 'listed', version: 4, pods: [], stale: true })],
  ])('%s: %s', (rule, _, record) => expect(rules([...writers(), record])).toEqual([rule]));

  test('a read that was over before the write began cannot have seen it', () => {
    expect(rules([...writers(), operation(5, read, found(pod(2, 0)))])).toEqual(['reads are fresh']);
  });
});

describe('watchers', () => {
  const [resync] = [saw('RESYNC', 1)];
  test.each<[string, string, HistoryRecord[]]>([
    ['each change once, in order', 'one is missing', without(watcher(), 3)],
    ['each change once, in order', 'the last one is missing', without(watcher(), 9)],
    ['each change once, in order', 'one comes twice', [...watcher().slice(0, 6), saw('MODIFIED', 4, pod(4, 1)), ...watcher().slice(6)]],
    ['each change once, in order', 'two are exchanged', [...watcher().slice(0, 2), watcher()[3]!, watcher()[2]!, ...watcher().slice(5)]],
    ['each change once, in order', 'a bookmark promises what was not said', withItem(watcher(), 6, saw('BOOKMARK', 5))],
    ['changes are true', 'another state than the one of that version', withItem(watcher(), 3, saw('MODIFIED', 3, pod(3, 9)))],
    ['changes are true', 'another kind of change', withItem(watcher(), 3, saw('ADDED', 3, pod(3, 1)))],
    ['a snapshot is one state', 'a pod is missing', [session(null), saw('BOOKMARK', 4), ...watcher().slice(7)]],
    ['a snapshot is one state', 'a pod that never was', [session(null), saw('ADDED', 3, pod(3, 9)), saw('BOOKMARK', 4), ...watcher().slice(7)]],
    ['RESYNC only where history is gone', 'it was not', [...watcher().slice(0, 4), session(3), resync!, saw('ADDED', 7, pod(7, 0, uid(2))), saw('BOOKMARK', 7)]],
    [
      'RESYNC only where history is gone',
      'it was not gone so far',
      [...watcher().slice(0, 4), { type: 'compaction', at: 70, revision: 3 }, session(3), resync!, saw('ADDED', 7, pod(7, 0, uid(2))), saw('BOOKMARK', 7)],
    ],
    ['the watcher itself', 'it went on from somewhere else', withItem(watcher(), 4, session(2))],
  ])('%s: %s', (rule, _, records) => expect(rules([...writers(), ...records])).toContain(rule));
});
