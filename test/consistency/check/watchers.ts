import type { HistoryRecord, PodState, SeenChange, WatchSession } from '../history';
import { sameStates } from './reads';
import type { TrueChange, Truth, Violation } from './truth';
import { sameState } from './writes';

/**
 * docs/watch-protocol.md, for each watcher over all its sessions: a snapshot is one state of everything; after it, and after
 * `since`, each change comes once, in order, without a gap; RESYNC comes only where history was gone. All have seen
 * everything up to the revision `upTo`.
 */
export function checkWatchers(records: readonly HistoryRecord[], truth: Truth, upTo: number): Violation[] {
  const watchers = new Map<string, WatcherCheck>();
  const known: Forgotten[] = [];
  for (const record of records) {
    if (record.type === 'compaction') known.push({ at: record.at, revision: record.revision, server: null });
    if (record.type === 'relist') known.push({ at: 0, revision: record.revision, server: record.server });
  }
  for (const record of records) {
    if (record.type !== 'session' && record.type !== 'change') continue;
    const check = watchers.get(record.watcher) ?? new WatcherCheck(record.watcher, truth, known);
    watchers.set(record.watcher, check);
    if (record.type === 'session') check.begin(record);
    else check.see(record);
  }
  return [...watchers.values()].flatMap((check) => check.end(upTo));
}

/** History before this revision was gone: for everybody, or for this server. */
interface Forgotten {
  readonly at: number;
  readonly revision: number;
  readonly server: number | null;
}

class WatcherCheck {
  private readonly violations: Violation[] = [];
  private session: WatchSession | undefined;
  /** Everything up to here is known to the watcher. */
  private position = 0;
  /** Not null: what has come of a snapshot that is not complete. */
  private snapshot: PodState[] | null = null;
  private isFirstOfSession = true;

  constructor(
    private readonly watcher: string,
    private readonly truth: Truth,
    private readonly forgotten: readonly Forgotten[],
  ) {}

  begin(session: WatchSession): void {
    const expected = this.session === undefined || this.position === 0 ? null : this.position;
    if (session.since !== expected) this.report('the watcher itself', `went on from ${session.since} instead of ${expected}`);
    this.session = session;
    this.snapshot = session.since === null ? [] : null;
    this.isFirstOfSession = true;
  }

  see(seen: SeenChange): void {
    const { change, version, pod } = seen;
    if (change === 'RESYNC') this.resync(seen);
    else if (change === 'BOOKMARK') this.bookmark(version);
    else if (!pod) this.report('changes carry their object', `${change} at ${version} has none`);
    else if (this.snapshot) this.collect(this.snapshot, seen, pod);
    else this.follow(seen, pod);
    this.isFirstOfSession = false;
  }

  end(upTo: number): readonly Violation[] {
    const missed = this.missing(upTo);
    if (this.snapshot || missed) this.report('each change once, in order', `the end came before ${missed ? tell(missed) : 'the end of a snapshot'}`);
    return this.violations;
  }

  private resync({ at }: SeenChange): void {
    const { server, since } = this.session ?? { server: -1, since: null };
    // A stream may meet the gap later than at its beginning: where it is then counts.
    const from = this.isFirstOfSession ? (since ?? 0) : this.position;
    const isDue = this.forgotten.some((gap) => gap.at <= at && from < gap.revision && (gap.server === null || gap.server === server));
    if (!isDue) this.report('RESYNC only where history is gone', `server ${server} said so after ${from}`);
    this.position = 1;
    this.snapshot = [];
  }

  private collect(snapshot: PodState[], { change, version }: SeenChange, pod: PodState): void {
    const state = this.truth.change(version)?.state;
    const last = snapshot.at(-1)?.version ?? 0;
    if (change !== 'ADDED' || version <= last) this.report('a snapshot is one state', `${change} at ${version} after ${last} in a snapshot`);
    if (!state || !sameState(state, pod)) this.report('a snapshot is one state', `there was no such pod at ${version}: ${JSON.stringify(pod)}`);
    snapshot.push(pod);
    this.position = version;
  }

  private bookmark(version: number): void {
    if (this.snapshot) {
      if (!sameStates(this.truth.allAt(version), this.snapshot)) this.report('a snapshot is one state', `that of ${version} was another one`);
      this.snapshot = null;
    } else {
      const missed = this.missing(version);
      if (missed) this.report('each change once, in order', `BOOKMARK at ${version} came before ${tell(missed)}`);
      if (version < this.position) this.report('each change once, in order', `BOOKMARK at ${version} came after ${this.position}`);
    }
    this.position = version;
  }

  private follow({ change, version }: SeenChange, pod: PodState): void {
    const next = this.truth.next(this.position);
    if (version <= this.position) this.report('each change once, in order', `${change} at ${version} came after ${this.position}`);
    else if (next?.revision !== version) this.report('each change once, in order', `${change} at ${version} came after ${this.position} instead of ${next ? tell(next) : 'nothing'}`);
    else this.compare(next, change, pod);
    this.position = Math.max(this.position, version);
  }

  private compare(next: TrueChange, change: SeenChange['change'], pod: PodState): void {
    const before = this.truth.before(next);
    const expected = !next.state ? 'DELETED' : before ? 'MODIFIED' : 'ADDED';
    // A DELETED carries the last state, which has the version of its own write or that of the deletion.
    const state = next.state ?? before;
    const isSame = state !== null && (next.state ? sameState(state, pod) : state.uid === pod.uid && state.name === pod.name);
    if (expected !== change || !isSame) this.report('changes are true', `${change} at ${next.revision} of ${JSON.stringify(pod)}, but it was ${expected} of ${JSON.stringify(state)}`);
  }

  private missing(version: number): TrueChange | undefined {
    const next = this.truth.next(this.position);
    return next && next.revision <= version ? next : undefined;
  }

  private report(rule: string, what: string): void {
    this.violations.push({ rule, what: `${this.watcher}: ${what}` });
  }
}

function tell({ revision, name, state }: TrueChange): string {
  return `${state ? 'the write' : 'the deletion'} of ${name} at ${revision}`;
}
