import type { HistoryRecord } from './history';
import type { RunResult } from './run';

/** What a person wants to know at the end, in lines. */
export function report(seed: number, { history, violations, changes, milliseconds }: RunResult): string[] {
  const { records } = history;
  const calls = counts(records, (record) => (record.type === 'operation' ? `${record.call.verb} ${outcomeOf(record.outcome)}` : undefined));
  const faults = counts(records, (record) => (record.type === 'fault' && !record.healed ? record.what : undefined));
  const seen = counts(records, (record) => (record.type === 'change' ? record.change : record.type === 'session' ? 'sessions' : undefined));
  return [
    `seed ${seed}, ${Math.round(milliseconds / 1000)} s`,
    `faults: ${sum(faults)}`,
    ...table(faults),
    `operations: ${sum(calls)}`,
    ...table(calls),
    `acknowledged writes: ${acknowledgedWrites(records)}; changes of pods in etcd: ${changes}`,
    `watchers: ${[...seen].map(([what, count]) => `${count} ${what}`).join(', ')}`,
    `violations: ${violations.length}`,
    ...violations.slice(0, 20).map(({ rule, what }) => `  ${rule}: ${what}`),
    ...(violations.length > 20 ? [`  and ${violations.length - 20} more`] : []),
  ];
}

export function acknowledgedWrites(records: readonly HistoryRecord[]): number {
  return records.filter((record) => record.type === 'operation' && record.outcome.kind === 'written').length;
}

function outcomeOf(outcome: Extract<HistoryRecord, { type: 'operation' }>['outcome']): string {
  if (outcome.kind === 'refused' || outcome.kind === 'unknown') return `${outcome.kind} (${outcome.code})`;
  return 'stale' in outcome && outcome.stale ? `${outcome.kind}, stale` : outcome.kind;
}

function counts(records: readonly HistoryRecord[], nameOf: (record: HistoryRecord) => string | undefined): Map<string, number> {
  const found = new Map<string, number>();
  for (const record of records) {
    const name = nameOf(record);
    if (name !== undefined) found.set(name, (found.get(name) ?? 0) + 1);
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sum(found: ReadonlyMap<string, number>): number {
  return [...found.values()].reduce((total, count) => total + count, 0);
}

function table(found: ReadonlyMap<string, number>): string[] {
  return [...found].map(([name, count]) => `  ${String(count).padStart(6)}  ${name}`);
}
