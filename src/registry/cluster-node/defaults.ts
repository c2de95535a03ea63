import type { ClusterNode, ClusterNodeSpec, ClusterNodeStatus } from '../../api/cluster-node';
import type { Loose } from '../../api/loose';
import { noResources } from '../../api/pod';
import type { Taint } from '../../api/taints';
import { resourceListWithDefaults } from '../pod-spec/resource-defaults';
import type { Draft } from '../types';

const firstStatus: ClusterNodeStatus = {
  capacity: noResources,
  allocatable: noResources,
  info: { os: '', architecture: '', runtime: '', runtimeVersion: '', kubeletVersion: '' },
  conditions: [],
  address: '',
};

/** A node begins without a drain: that is asked for by a verb of its own. */
export function clusterNodeSpecWithDefaults(spec: Draft<ClusterNode>['spec']): ClusterNodeSpec {
  return { unschedulable: spec.unschedulable ?? false, taints: (spec.taints ?? []).map(taintWithDefaults), drain: null };
}

/** A required text that is missing becomes "", an effect NO_SCHEDULE. */
export function taintWithDefaults(taint: Loose<Taint>): Taint {
  return { key: taint.key ?? '', value: taint.value || null, effect: taint.effect ?? 'NO_SCHEDULE', timeAdded: taint.timeAdded ?? null };
}

/** A node arrives with its status; amounts are kept in canonical form. */
export function clusterNodeStatusWithDefaults(status: ClusterNodeStatus = firstStatus): ClusterNodeStatus {
  return {
    ...status,
    capacity: resourceListWithDefaults(status.capacity),
    allocatable: resourceListWithDefaults(status.allocatable),
  };
}
