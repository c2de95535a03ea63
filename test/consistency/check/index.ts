import type { HistoryRecord } from '../history';
import { Evidence } from './evidence';
import { checkReads } from './reads';
import type { TrueChange, Violation } from './truth';
import { checkTruth, Truth } from './truth';
import { checkWatchers } from './watchers';
import { checkWrites } from './writes';

export type { TrueChange, Violation } from './truth';

/** Pure: a history, and etcd's own one. Every watcher had to see everything up to the revision `upTo`. Nothing found is what should be. */
export function checkHistory(records: readonly HistoryRecord[], changes: readonly TrueChange[], upTo: number): Violation[] {
  const truth = new Truth(changes);
  const evidence = new Evidence(records, truth);
  return [...checkTruth(truth), ...checkWrites(records, truth, evidence), ...checkReads(records, truth, evidence), ...checkWatchers(records, truth, upTo)];
}
