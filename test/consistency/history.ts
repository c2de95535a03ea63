import { closeSync, openSync, writeSync } from 'node:fs';

/** What a run wrote down: all that clients and watchers did and saw, and what was done to the servers. Times: milliseconds since its start. */
export type HistoryRecord = Operation | WatchSession | SeenChange | Fault | Compaction | Relist;

export interface PodState {
  readonly name: string;
  readonly uid: string;
  /** The resourceVersion. It is a revision of the store, and only this test may know that. */
  readonly version: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export type Call =
  | { readonly verb: 'create'; readonly name: string; readonly uid: string; readonly labels: Readonly<Record<string, string>> }
  | {
      readonly verb: 'update';
      readonly name: string;
      readonly uid?: string;
      /** Left out: stays. */
      readonly labels?: Readonly<Record<string, string>>;
      readonly annotations?: Readonly<Record<string, string>>;
      readonly precondition?: number;
      /** The counter in the state that the new one was computed from. */
      readonly basedOn?: string;
    }
  | { readonly verb: 'delete'; readonly name: string; readonly uid?: string; readonly precondition?: number }
  | { readonly verb: 'read'; readonly name: string }
  | { readonly verb: 'list' };

export type Outcome =
  | { readonly kind: 'written'; readonly pod: PodState }
  | { readonly kind: 'found'; readonly pod: PodState; readonly stale: boolean }
  | { readonly kind: 'absent'; readonly stale: boolean }
  | { readonly kind: 'listed'; readonly version: number; readonly pods: readonly PodState[]; readonly stale: boolean }
  /** The server said, or it is certain, that nothing happened. */
  | { readonly kind: 'refused'; readonly code: string }
  /** The server said that it does not know, or there was no answer. */
  | { readonly kind: 'unknown'; readonly code: string };

export interface Operation {
  readonly type: 'operation';
  readonly id: number;
  readonly client: string;
  readonly server: number;
  readonly call: Call;
  readonly begin: number;
  readonly end: number;
  readonly outcome: Outcome;
}

/** A watcher subscribes; what it sees until the next session is of this one. */
export interface WatchSession {
  readonly type: 'session';
  readonly watcher: string;
  readonly server: number;
  readonly at: number;
  readonly since: number | null;
}

export interface SeenChange {
  readonly type: 'change';
  readonly watcher: string;
  readonly at: number;
  readonly change: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'RESYNC';
  readonly version: number;
  readonly pod: PodState | null;
}

export interface Fault {
  readonly type: 'fault';
  readonly at: number;
  readonly what: string;
  readonly healed: boolean;
}

/** History before this revision was removed. */
export interface Compaction {
  readonly type: 'compaction';
  readonly at: number;
  readonly revision: number;
}

/** A server said that it had to list everything anew, and what came before this revision is not known to it. */
export interface Relist {
  readonly type: 'relist';
  readonly server: number;
  readonly revision: number;
}

/** Keeps the records, and writes each to a file at once: a run that dies leaves what it knew. */
export class History {
  readonly records: HistoryRecord[] = [];
  private readonly file: number;

  constructor(readonly path: string) {
    this.file = openSync(path, 'w');
  }

  add(record: HistoryRecord): void {
    this.records.push(record);
    writeSync(this.file, `${JSON.stringify(record)}\n`);
  }

  close(): void {
    closeSync(this.file);
  }
}
