import { withCondition } from '../../api/meta';
import type { Pod } from '../../api/pod';
import { conditionTypes } from '../../api/pod';
import type { Stored } from '../codec';
import type { Decision } from '../object-changes';
import { withDeletion } from '../object-changes';
import type { Strategy } from '../strategy';
import type { Disruption } from '../types';

export interface EvictionWish extends Disruption {
  readonly gracePeriodSeconds: number | null | undefined;
  readonly now: string;
}

/**
 * A deletion that says on the pod for whose sake, in one write. A pod that is being deleted already goes for another reason, and is
 * left alone: whoever evicts does it once. Pure.
 */
export function evicted(current: Stored<Pod>, strategy: Pick<Strategy<Pod>, 'gracePeriodSeconds'>, { reason, message, gracePeriodSeconds, now }: EvictionWish): Decision<Pod> {
  if (current.object.deletionTimestamp !== null) return { want: 'keep' };
  const decision = withDeletion(current, strategy, { gracePeriodSeconds, now });
  if (decision.want !== 'put') return decision;
  const { status } = decision.object;
  const condition = { type: conditionTypes.disruptionTarget, status: 'TRUE', reason, message } as const;
  return { ...decision, object: { ...decision.object, status: { ...status, conditions: withCondition(status.conditions, condition, now) } } };
}
