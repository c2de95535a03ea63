import { conditionOf, withCondition } from '../../api/meta';
import type { ReplicationController, ReplicationControllerStatus } from '../../api/replication-controller';
import { ApiError } from '../../errors/api-error';

export const replicaFailure = 'ReplicaFailure';

/** What kept the last pass from making or removing pods. */
export interface ReplicationFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
}

export interface PassOutcome {
  /** The generation that the pass acted on. */
  readonly generation: number;
  readonly failure: ReplicationFailure | null;
}

/**
 * The status after a pass: which generation it answers, and ReplicaFailure while making or removing pods fails. Returns
 * the very status of the controller when nothing changes, so that nothing is written. No counts (D3). Pure.
 */
export function statusAfter(
  { status }: Pick<ReplicationController, 'status'>,
  { generation, failure }: PassOutcome,
  now: string,
): ReplicationControllerStatus {
  const old = conditionOf(status.conditions, replicaFailure);
  const sameFailure = failure
    ? old?.status === 'TRUE' && old.reason === failure.reason && old.message === failure.message
    : old === undefined;
  if (sameFailure && status.observedGeneration >= generation) return status;
  return {
    observedGeneration: Math.max(status.observedGeneration, generation),
    conditions: failure
      ? withCondition(status.conditions, { type: replicaFailure, status: 'TRUE', ...failure }, now)
      : status.conditions.filter(({ type }) => type !== replicaFailure),
  };
}

/**
 * The failure as a person reads it. The name of a pod that never came to be is left out: each try draws a new one, which
 * would make each try a new message, and each message a write.
 */
export function failureOf(reason: ReplicationFailure['reason'], error: unknown): ReplicationFailure {
  if (!(error instanceof ApiError)) return { reason, message: 'a fault in podql; the log has the details' };
  const { name } = error.details;
  const text = reason === 'FailedCreate' && name ? error.message.replaceAll(name, '(new)') : error.message;
  return { reason, message: `${text} [${error.code}]` };
}
