import type { Key, LeaseId, Revision } from '../store';

/** One key's change in one revision, as it is on the disk. */
export interface LogRecord {
  readonly revision: Revision;
  /** Place among the records of the same revision, from 0. */
  readonly sub: number;
  readonly key: Key;
  /** null: the key was deleted. */
  readonly value: Uint8Array | null;
  readonly createRevision: Revision;
  readonly version: number;
  readonly lease: LeaseId | null;
}

export interface Position {
  readonly revision: Revision;
  readonly sub: number;
}

export interface LogLease {
  readonly id: LeaseId;
  readonly ttlSeconds: number;
}

/** What is on the disk besides the records. */
export interface LogState {
  readonly storeId: string;
  readonly head: Revision;
  /** History below `scheduled` is forgotten; its records are gone for sure below `finished`. */
  readonly scheduled: Revision;
  readonly finished: Revision;
  /** Number of leases ever granted: the last id. */
  readonly leaseCount: number;
  readonly leases: readonly LogLease[];
}

/** What one group of writes adds. All of it becomes durable, or nothing. */
export interface LogBatch {
  readonly head: Revision;
  readonly records: readonly LogRecord[];
  readonly grantedLeases: readonly LogLease[];
  readonly removedLeases: readonly LeaseId[];
  readonly leaseCount: number;
  readonly scheduled: Revision;
}

/** What memory holds: what was acknowledged, and nothing else. */
export type Acknowledged = Pick<LogState, 'head' | 'scheduled' | 'leaseCount' | 'leases'>;

/**
 * A durable list of revisions. One process owns it. Every method throws StoreErrors: FULL, UNAVAILABLE, CORRUPT.
 *
 * - append resolves when the batch is on the disk (fsync), and is atomic: after a crash all of it is there, or nothing.
 *   After it has failed once nothing more can be appended until reopen and restore have succeeded; read may go on.
 * - drop is neither durable by itself nor atomic, but happens in the order given: what a crash undoes is a tail of it.
 */
export interface RevisionLog {
  state(): Promise<LogState>;
  /** By revision, then sub. */
  records(): AsyncIterable<LogRecord>;
  append(batch: LogBatch): Promise<void>;
  /** The values at these positions; undefined where there is none any more. */
  read(positions: readonly Position[]): Promise<readonly (Uint8Array | null | undefined)[]>;
  drop(positions: readonly Position[]): Promise<void>;
  /** Durable, and with it everything dropped before. */
  finishCompaction(revision: Revision): Promise<void>;
  /** Whether the disk has the space that reopen needs. */
  hasRoom(): Promise<boolean>;
  reopen(): Promise<void>;
  /** After reopen: takes away what a failed append may have left. CORRUPT if acknowledged revisions are missing. */
  restore(acknowledged: Acknowledged): Promise<void>;
  close(): Promise<void>;
}
