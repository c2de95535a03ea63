import type { ClusterNode } from '../../api/cluster-node';
import { isHealthTaint } from '../../api/taints';
import type { Cause } from '../../errors/api-error';
import { appliedMap } from '../applied-map';
import { Causes } from '../causes';
import type { Strategy } from '../strategy';
import { clusterNodeSpecWithDefaults, clusterNodeStatusWithDefaults } from './defaults';
import { validateClusterNodeSpec, validateClusterNodeStatus } from './validation';

/** The rules of nodes. */
export const clusterNodeStrategy: Strategy<ClusterNode> = {
  kind: 'ClusterNode',

  prepareForCreate(draft) {
    return {
      labels: { ...draft.labels },
      annotations: { ...draft.annotations },
      spec: clusterNodeSpecWithDefaults(draft.spec),
      status: clusterNodeStatusWithDefaults(draft.status),
    };
  },

  /** The spec is not the kubelet's: one that registers again undoes no cordon and no taint by saying nothing. */
  applyDraft(current, draft) {
    return {
      ...current,
      labels: appliedMap(current.labels, draft.labels),
      annotations: appliedMap(current.annotations, draft.annotations),
      spec: { ...current.spec, unschedulable: draft.spec.unschedulable ?? current.spec.unschedulable },
      status: draft.status ? clusterNodeStatusWithDefaults(draft.status) : current.status,
    };
  },

  validate,

  validateUpdate: (next) => validate(next),

  prepareStatus: (next) => clusterNodeStatusWithDefaults(next.status),

  /** Labels and annotations come with each registration of its kubelet; of the taints, some are node-lifecycle's. */
  isUserField(path, states = []) {
    const [, place] = /^spec\.taints\[(\d+)\]/.exec(path) ?? [];
    if (place === undefined) return path.startsWith('spec.');
    const there = states.flatMap(({ spec }) => spec.taints[Number(place)] ?? []);
    return !there.every(isHealthTaint);
  },

  gracePeriodSeconds: () => 0,
};

function validate(node: ClusterNode): readonly Cause[] {
  const causes = new Causes();
  validateClusterNodeSpec(causes, 'spec', node.spec);
  validateClusterNodeStatus(causes, 'status', node.status);
  return causes.list();
}
