import type { Call, HistoryRecord, Operation } from '../history';
import type { Evidence } from './evidence';
import { told } from './evidence';
import type { TrueChange, TrueState, Truth, Violation } from './truth';

type Update = Extract<Call, { verb: 'update' }>;

/**
 * Writes: what was acknowledged has happened, once, at the version that the answer named, on the state that its
 * precondition named. What happened was asked for, by somebody who was not told that it did not. Refusals have grounds.
 */
export function checkWrites(records: readonly HistoryRecord[], truth: Truth, evidence: Evidence): Violation[] {
  const operations = records.filter((record): record is Operation => record.type === 'operation');
  const check = new WriteCheck(truth, evidence);
  for (const operation of operations) if (operation.outcome.kind === 'written') check.acknowledged(operation);
  check.unclaimed(operations);
  check.deletions(operations);
  for (const operation of operations) if (operation.outcome.kind === 'refused') check.refused(operation, operation.outcome.code);
  return check.violations;
}

class WriteCheck {
  readonly violations: Violation[] = [];
  /** By the revision that it made. */
  private readonly makers = new Map<number, Operation>();

  constructor(
    private readonly truth: Truth,
    private readonly evidence: Evidence,
  ) {}

  acknowledged(operation: Operation): void {
    const { call, outcome } = operation;
    if (outcome.kind !== 'written' || call.verb === 'read' || call.verb === 'list') return;
    const { version, uid } = outcome.pod;
    const change = this.truth.change(version);
    if (!change?.state || change.name !== call.name) return this.report('acknowledged writes are there', `etcd knows nothing of ${told(operation)}`);
    if (!sameState(change.state, outcome.pod)) return this.report('acknowledged writes are there', `${told(operation)}, but etcd has ${JSON.stringify(change.state)}`);
    if (call.verb === 'create') return this.created(operation, change, call.uid);
    if (call.verb === 'delete') {
      if (call.uid !== undefined && call.uid !== uid) this.report('preconditions', `another pod was deleted: ${told(operation)}`);
      return;
    }
    const other = this.makers.get(version);
    if (other) return this.report('compare-and-swap', `one write was acknowledged twice: ${told(other)} and ${told(operation)}`);
    this.makers.set(version, operation);
    if (!fits(call, change.state)) this.report('acknowledged writes are there', `etcd has something else: ${told(operation)}`);
    if (version <= this.evidence.before(operation.begin)) this.report('order of versions', `version ${version} was over before it began: ${told(operation)}`);
    this.swapped(operation, call, change);
  }

  /** What users own was changed in etcd: who did it, if nobody was told that he did? */
  unclaimed(operations: readonly Operation[]): void {
    const unknown = operations.filter(({ outcome }) => outcome.kind === 'unknown');
    const refused = operations.filter(({ outcome }) => outcome.kind === 'refused');
    const used = new Set<Operation>();
    for (const change of this.truth.changes) {
      const { state, revision } = change;
      if (!state || this.makers.has(revision)) continue;
      const before = this.truth.before(change);
      if (before && state.userVersion !== revision) {
        if (before.uid !== state.uid || !sameContent(before, state)) this.report('one field, one writer', `what users own was changed without a user at ${revision}: ${JSON.stringify(state)}`);
        continue;
      }
      const maker = unknown.find((operation) => !used.has(operation) && this.mayHaveMade(operation, change));
      if (maker) {
        used.add(maker);
        if (maker.call.verb === 'update') this.swapped(maker, maker.call, change);
        continue;
      }
      const liar = refused.find((operation) => this.mayHaveMade(operation, change));
      if (liar) this.report('notApplied means never', `it happened at ${revision}: ${told(liar)}`);
      else this.report('every change has one cause', `nobody who does not know it did this at ${revision}: ${JSON.stringify(state)}`);
    }
  }

  /** A deletion has at most one cause for each call; several calls may be answered with the same one. */
  deletions(operations: readonly Operation[]): void {
    const deletes = operations.filter(({ call }) => call.verb === 'delete');
    const used = new Set<Operation>();
    for (const change of this.truth.changes) {
      if (change.state) continue;
      const gone = this.truth.before(change);
      if (!gone) continue;
      const named = deletes.filter(({ outcome }) => outcome.kind === 'written' && outcome.pod.uid === gone.uid);
      const maker = named.find((operation) => !used.has(operation)) ?? deletes.find((operation) => !used.has(operation) && this.mayHaveDeleted(operation, change, gone));
      if (maker) used.add(maker);
      else this.report('notApplied means never', `nobody who does not know it deleted ${gone.name} (${gone.uid}) at ${change.revision}`);
      // Who asked for a state that was not the last one may be answered only if somebody else deleted it as well.
      const rightful = [...named, ...deletes.filter((operation) => this.mayHaveDeleted(operation, change, gone))];
      if (named.length > 0 && !rightful.some(({ call }) => allows(call, gone))) {
        this.report('compare-and-swap', `deleted at ${change.revision} in another state than was meant: ${named.map(told).join(' and ')}`);
      }
    }
    for (const operation of deletes) {
      const { outcome } = operation;
      if (outcome.kind !== 'written') continue;
      if (!this.truth.deletionAfter(outcome.pod)) this.report('acknowledged writes are there', `it was never deleted: ${told(operation)}`);
    }
  }

  refused(operation: Operation, code: string): void {
    const { call, begin, end } = operation;
    if (call.verb === 'list' || call.verb === 'read') return;
    const least = this.evidence.before(begin);
    const most = this.evidence.possibleBefore(end);
    const states = this.truth.statesWithin(call.name, least, most);
    if (code === 'ALREADY_EXISTS' && states.every((state) => state === null)) this.report('refusals have grounds', `the name was free: ${told(operation)}`);
    if (code === 'NOT_FOUND' && !states.includes(null)) this.report('refusals have grounds', `it was there all the time: ${told(operation)}`);
    if (code !== 'CONFLICT' || call.verb === 'create') return;
    const { precondition = Infinity, uid } = call;
    const hasGrounds = states.some((state) => state !== null && (state.userVersion > precondition || (uid !== undefined && state.uid !== uid)));
    if (!hasGrounds) this.report('refusals have grounds', `nobody had changed it: ${told(operation)}`);
  }

  /** The pod of the answer may be an older one of the same uid: then this create was sent before. */
  private created(operation: Operation, change: TrueChange, uid: string): void {
    const creation = this.truth.creationOf(change);
    if (change.state?.uid !== uid || !creation) return this.report('acknowledged writes are there', `another pod was answered: ${told(operation)}`);
    if (!this.makers.has(creation.revision)) this.makers.set(creation.revision, operation);
  }

  private swapped(operation: Operation, call: Update, change: TrueChange): void {
    const before = this.truth.before(change);
    const isFollower = before !== null && allows(call, before) && (call.basedOn === undefined || before.labels.count === call.basedOn);
    if (!isFollower) this.report('compare-and-swap', `at ${change.revision} it followed ${JSON.stringify(before)}: ${told(operation)}`);
  }

  private mayHaveMade(operation: Operation, change: TrueChange): boolean {
    const { call, begin } = operation;
    const { state } = change;
    if (!state || change.revision <= this.evidence.before(begin)) return false;
    if (call.verb === 'create') return change.count === 1 && call.uid === state.uid && sameWords(call.labels, state.labels);
    if (call.verb !== 'update' || change.count === 1 || call.name !== state.name) return false;
    const before = this.truth.before(change);
    return before !== null && fits(call, state) && allows(call, before);
  }

  private mayHaveDeleted({ call, begin, outcome }: Operation, change: TrueChange, gone: TrueState): boolean {
    if (call.verb !== 'delete' || outcome.kind !== 'unknown' || call.name !== gone.name) return false;
    return allows(call, gone) && change.revision > this.evidence.before(begin);
  }

  private report(rule: string, what: string): void {
    this.violations.push({ rule, what });
  }
}

/** D4: stale only if users changed it after that version. */
function allows(call: Call, before: TrueState): boolean {
  if (call.verb !== 'update' && call.verb !== 'delete') return false;
  if (call.uid !== undefined && call.uid !== before.uid) return false;
  return call.precondition === undefined || before.userVersion <= call.precondition;
}

function fits({ labels, annotations }: Update, state: TrueState): boolean {
  return (!labels || sameWords(labels, state.labels)) && (!annotations || sameWords(annotations, state.annotations));
}

function sameContent(a: Pick<TrueState, 'labels' | 'annotations'>, b: Pick<TrueState, 'labels' | 'annotations'>): boolean {
  return sameWords(a.labels, b.labels) && sameWords(a.annotations, b.annotations);
}

export function sameState(truth: TrueState, seen: Pick<TrueState, 'uid' | 'version' | 'labels' | 'annotations'>): boolean {
  return truth.uid === seen.uid && truth.version === seen.version && sameWords(truth.labels, seen.labels) && sameWords(truth.annotations, seen.annotations);
}

/** By content alone: what came over a connection may have been made in another realm than what a test wrote. */
function sameWords(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
