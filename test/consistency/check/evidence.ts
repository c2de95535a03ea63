import type { HistoryRecord, Operation } from '../history';
import type { Truth } from './truth';

interface Point {
  readonly time: number;
  readonly revision: number;
}

/** What was certain at which time: all records were made by one process, so by one clock. */
export class Evidence {
  /** Whoever asks after `time` must get something from `revision` or later. Both grow. */
  private readonly lower: Point[] = [];
  /** Whoever had an answer before `time` cannot have seen `revision`. Both grow. */
  private readonly upper: Point[] = [];

  constructor(records: readonly HistoryRecord[], truth: Truth) {
    const seen = records.flatMap((record) => happened(record, truth)).sort((a, b) => a.time - b.time);
    for (const point of seen) if (point.revision > (this.lower.at(-1)?.revision ?? 0)) this.lower.push(point);
    const begun = records.flatMap((record) => ownWrite(record, truth)).sort((a, b) => b.time - a.time);
    let least = Infinity;
    for (const { time, revision } of begun) {
      if (revision >= least) continue;
      least = revision;
      this.upper.unshift({ time, revision });
    }
  }

  /** The latest revision that is known to have happened before this time. */
  before(time: number): number {
    return this.lower[firstNot(this.lower, (point) => point.time < time) - 1]?.revision ?? 0;
  }

  /** The latest revision that can have happened before this time. */
  possibleBefore(time: number): number {
    const next = this.upper[firstNot(this.upper, (point) => point.time <= time)];
    return next ? next.revision - 1 : Infinity;
  }
}

function happened(record: HistoryRecord, truth: Truth): Point[] {
  if (record.type === 'change') return record.change === 'RESYNC' ? [] : [{ time: record.at, revision: record.version }];
  if (record.type !== 'operation') return [];
  const { end: time, outcome, call } = record;
  if (outcome.kind === 'written' && call.verb === 'delete') return [{ time, revision: truth.deletionAfter(outcome.pod)?.revision ?? outcome.pod.version }];
  if (outcome.kind === 'written' || outcome.kind === 'found') return [{ time, revision: outcome.pod.version }];
  return outcome.kind === 'listed' ? [{ time, revision: outcome.version }] : [];
}

/** A write that certainly did not happen before its call began. */
function ownWrite(record: HistoryRecord, truth: Truth): Point[] {
  if (record.type !== 'operation' || record.outcome.kind !== 'written') return [];
  const { version } = record.outcome.pod;
  const isOwn = record.call.verb === 'update' || (record.call.verb === 'create' && truth.change(version)?.count === 1);
  return isOwn ? [{ time: record.begin, revision: version }] : [];
}

/** Position of the first item for which it does not hold; before that it holds for all. */
function firstNot<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(items[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** For messages. */
export function told({ id, client, call, outcome }: Operation): string {
  return `operation ${id} of ${client} ${JSON.stringify(call)} -> ${JSON.stringify(outcome)}`;
}
