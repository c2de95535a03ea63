import type { ReplicationController } from '../../api/replication-controller';
import type { Cause } from '../../errors/api-error';
import { appliedMap } from '../applied-map';
import { Causes, entryPath } from '../causes';
import type { Strategy } from '../strategy';
import { cascadeAnnotation } from './cascade';
import { replicationControllerSpecWithDefaults } from './defaults';
import { validateReplicationControllerSpec } from './validation';

/** The rules of replication controllers. */
export const replicationControllerStrategy: Strategy<ReplicationController> = {
  kind: 'ReplicationController',

  /** A controller without labels of its own carries its template's. */
  prepareForCreate(draft) {
    const spec = replicationControllerSpecWithDefaults(draft.spec);
    const labels = Object.keys(draft.labels).length === 0 ? spec.template.labels : draft.labels;
    return {
      labels: { ...labels },
      annotations: { ...draft.annotations },
      spec,
      status: { observedGeneration: 0, conditions: [] },
    };
  },

  applyDraft(current, draft) {
    return {
      ...current,
      labels: appliedMap(current.labels, draft.labels),
      annotations: appliedMap(current.annotations, draft.annotations),
      spec: replicationControllerSpecWithDefaults(draft.spec, current.spec),
    };
  },

  validate,

  /** Every field of a controller may change, as long as the whole is valid. */
  validateUpdate: (next) => validate(next),

  prepareStatus: (next) => next.status,

  isUserField: (path) => path !== entryPath('annotations', cascadeAnnotation),

  gracePeriodSeconds: () => 0,
};

function validate(controller: ReplicationController): readonly Cause[] {
  const causes = new Causes();
  validateReplicationControllerSpec(causes, 'spec', controller.spec);
  return causes.list();
}
