import type { HistoryRecord, Operation, PodState } from '../history';
import type { Evidence } from './evidence';
import { told } from './evidence';
import type { Truth, Violation } from './truth';
import { sameState } from './writes';

/**
 * Reads that are not marked as stale return a state that was current at some moment between their question and their
 * answer. Stale ones return a state that was current once. A list is one moment's state of everything.
 */
export function checkReads(records: readonly HistoryRecord[], truth: Truth, evidence: Evidence): Violation[] {
  return records.flatMap((record) => {
    if (record.type !== 'operation') return [];
    const { call, begin, end, outcome } = record;
    const most = evidence.possibleBefore(end);
    switch (outcome.kind) {
      case 'found': {
        if (call.verb !== 'read') return [];
        const least = outcome.stale ? 0 : evidence.before(begin);
        const isTrue = truth.statesWithin(call.name, least, most).some((state) => state !== null && sameState(state, outcome.pod));
        return isTrue ? [] : [violation(record, truth, outcome.pod)];
      }
      case 'absent': {
        if (call.verb !== 'read') return [];
        const least = outcome.stale ? 0 : evidence.before(begin);
        return truth.statesWithin(call.name, least, most).includes(null) ? [] : [{ rule: 'reads are fresh', what: `it was there all the time: ${told(record)}` }];
      }
      case 'listed': {
        if (!sameStates(truth.allAt(outcome.version), outcome.pods)) return [{ rule: 'a list is one state', what: `version ${outcome.version} was another one: ${told(record)}` }];
        const isOld = !outcome.stale && outcome.version < evidence.before(begin);
        return isOld ? [{ rule: 'reads are fresh', what: `${evidence.before(begin)} had happened before: ${told(record)}` }] : [];
      }
      default:
        return [];
    }
  });
}

function violation(record: Operation, truth: Truth, pod: PodState): Violation {
  const change = truth.change(pod.version);
  if (change?.state && sameState(change.state, pod)) return { rule: 'reads are fresh', what: `it had changed before: ${told(record)}` };
  return { rule: 'reads are true', what: `no such state ever was: ${told(record)}` };
}

export function sameStates(truth: readonly Parameters<typeof sameState>[0][], seen: readonly PodState[]): boolean {
  const byName = new Map(seen.map((pod) => [pod.name, pod]));
  return truth.length === byName.size && truth.every((state) => {
    const pod = byName.get(state.name);
    return pod !== undefined && sameState(state, pod);
  });
}
