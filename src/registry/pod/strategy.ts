import type { Pod } from '../../api/pod';
import { isTerminal } from '../../api/pod';
import type { Cause } from '../../errors/api-error';
import { appliedMap } from '../applied-map';
import { Causes } from '../causes';
import { podSpecWithDefaults } from '../pod-spec/defaults';
import { validatePodSpec } from '../pod-spec/validation';
import type { Strategy } from '../strategy';
import { appliedPodSpec, firstPodStatus } from './defaults';
import { validatePodChange } from './update-validation';

/** The rules of pods. */
export const podStrategy: Strategy<Pod> = {
  kind: 'Pod',

  prepareForCreate(draft) {
    return {
      labels: { ...draft.labels },
      annotations: { ...draft.annotations },
      spec: podSpecWithDefaults(draft.spec),
      status: firstPodStatus,
    };
  },

  applyDraft(current, draft) {
    return {
      ...current,
      labels: appliedMap(current.labels, draft.labels),
      annotations: appliedMap(current.annotations, draft.annotations),
      spec: appliedPodSpec(current, draft),
    };
  },

  validate: (pod) => validated(pod).list(),

  validateUpdate(next, current): readonly Cause[] {
    const causes = validated(next);
    validatePodChange(causes, next, current);
    return causes.list();
  },

  /** SUCCEEDED and FAILED are never left; details of a finished pod may still arrive. */
  prepareStatus(next, current) {
    return isTerminal(current) && next.status.phase !== current.status.phase ? current.status : next.status;
  },

  /** Its node is given by bind. */
  isUserField: (path) => path !== 'spec.nodeName',

  /** Where nothing runs, nobody needs time to stop. */
  gracePeriodSeconds(pod) {
    return pod.spec.nodeName === null || isTerminal(pod) ? 0 : pod.spec.terminationGracePeriodSeconds;
  },
};

function validated(pod: Pod): Causes {
  const causes = new Causes();
  validatePodSpec(causes, 'spec', pod.spec);
  return causes;
}
