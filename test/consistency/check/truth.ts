import type { PodState } from '../history';

/** One change of one pod, as etcd itself remembers it. */
export interface TrueChange {
  readonly revision: number;
  readonly name: string;
  /** How many writes the object has had: 1 is its creation. 0: it was deleted. */
  readonly count: number;
  /** Null: deleted. */
  readonly state: TrueState | null;
}

export interface TrueState extends PodState {
  /** Of the last write that changed what users own (D4). */
  readonly userVersion: number;
}

export interface Violation {
  readonly rule: string;
  readonly what: string;
}

/** etcd's own history: the order in which everything really happened. All other records are held against it. */
export class Truth {
  private readonly byName = new Map<string, TrueChange[]>();
  private readonly byRevision = new Map<number, TrueChange>();

  /** In the order of revisions. */
  constructor(readonly changes: readonly TrueChange[]) {
    for (const change of changes) {
      this.byRevision.set(change.revision, change);
      const own = this.byName.get(change.name);
      if (own) own.push(change);
      else this.byName.set(change.name, [change]);
    }
  }

  get names(): string[] {
    return [...this.byName.keys()];
  }

  change(revision: number): TrueChange | undefined {
    return this.byRevision.get(revision);
  }

  of(name: string): readonly TrueChange[] {
    return this.byName.get(name) ?? [];
  }

  /** The last change of this name that is not younger than the revision. */
  asOf(name: string, revision: number): TrueChange | undefined {
    return this.of(name)[indexAfter(this.of(name), revision) - 1];
  }

  stateAt(name: string, revision: number): TrueState | null {
    return this.asOf(name, revision)?.state ?? null;
  }

  before(change: TrueChange): TrueState | null {
    return this.stateAt(change.name, change.revision - 1);
  }

  /** The first change of any pod after this revision. */
  next(revision: number): TrueChange | undefined {
    return this.changes[indexAfter(this.changes, revision)];
  }

  allAt(revision: number): TrueState[] {
    return this.names.flatMap((name) => this.stateAt(name, revision) ?? []);
  }

  /** States of this name at any revision from `least` to `most`; null stands for its absence. */
  statesWithin(name: string, least: number, most: number): (TrueState | null)[] {
    const own = this.of(name);
    const later = own.slice(indexAfter(own, least), indexAfter(own, most));
    return [this.stateAt(name, least), ...later.map(({ state }) => state)];
  }

  /** The end of the object that once was in this state. */
  deletionAfter({ name, version }: { readonly name: string; readonly version: number }): TrueChange | undefined {
    return this.of(name).find(({ revision, state }) => revision > version && state === null);
  }

  /** The creation of the object that this state is of. */
  creationOf(change: TrueChange): TrueChange | undefined {
    const own = this.of(change.name).filter(({ revision }) => revision <= change.revision);
    return own.findLast(({ count }) => count === 1);
  }
}

/** Position of the first change after this revision. */
function indexAfter(changes: readonly TrueChange[], revision: number): number {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((changes[middle]?.revision ?? Infinity) <= revision) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether we have all of etcd's history, and whether it keeps the store's own rules. */
export function checkTruth(truth: Truth): Violation[] {
  const violations: Violation[] = [];
  for (const name of truth.names) {
    let count = 0;
    for (const change of truth.of(name)) {
      const isNext = change.state === null ? count > 0 : change.count === count + 1;
      if (!isNext) violations.push({ rule: 'complete history', what: `${name} at ${change.revision}: write ${change.count} of the object follows its write ${count}` });
      count = change.count;
    }
  }
  return violations;
}
