import type { ClusterNode, ClusterNodeSpec, ClusterNodeStatus } from '../../api/cluster-node';
import { noResources } from '../../api/pod';
import { resourceListWithDefaults } from '../pod-spec/resource-defaults';
import type { Draft } from '../types';

const firstStatus: ClusterNodeStatus = {
  capacity: noResources,
  allocatable: noResources,
  info: { os: '', architecture: '', runtime: '', runtimeVersion: '', kubeletVersion: '' },
  conditions: [],
  address: '',
};

export function clusterNodeSpecWithDefaults(spec: Draft<ClusterNode>['spec']): ClusterNodeSpec {
  return { unschedulable: spec.unschedulable ?? false };
}

/** A node arrives with its status; amounts are kept in canonical form. */
export function clusterNodeStatusWithDefaults(status: ClusterNodeStatus = firstStatus): ClusterNodeStatus {
  return {
    ...status,
    capacity: resourceListWithDefaults(status.capacity),
    allocatable: resourceListWithDefaults(status.allocatable),
  };
}
