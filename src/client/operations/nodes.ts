import type { ClusterNodeInfo } from '../../api/cluster-node';
import type { Condition, Labels } from '../../api/meta';
import type { ResourceList } from '../../api/pod';
import type { Operation } from '../client';

export interface RegisterClusterNodeInput {
  readonly name: string;
  readonly labels: Labels;
  readonly capacity: ResourceList;
  readonly allocatable: ResourceList;
  readonly info: ClusterNodeInfo;
  readonly conditions: readonly Condition[];
  readonly address: string;
  readonly leaseDurationSeconds: number;
}

export const registerClusterNode: Operation<
  { readonly registerClusterNode: { readonly leaseDurationSeconds: number } },
  { readonly input: RegisterClusterNodeInput }
> = {
  name: 'RegisterClusterNode',
  document: /* GraphQL */ `
    mutation RegisterClusterNode($input: RegisterClusterNodeInput!) {
      registerClusterNode(input: $input) {
        leaseDurationSeconds
      }
    }
  `,
};

export const renewClusterNodeLease: Operation<
  { readonly renewClusterNodeLease: { readonly leaseDurationSeconds: number; readonly clusterNode: { readonly conditions: readonly Pick<Condition, 'type' | 'status'>[] } } },
  { readonly input: { readonly name: string } }
> = {
  name: 'RenewClusterNodeLease',
  document: /* GraphQL */ `
    mutation RenewClusterNodeLease($input: RenewClusterNodeLeaseInput!) {
      renewClusterNodeLease(input: $input) {
        leaseDurationSeconds
        clusterNode {
          conditions {
            type
            status
          }
        }
      }
    }
  `,
};
