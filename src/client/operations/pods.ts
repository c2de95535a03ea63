import type { Pod, PodPhase, RestartPolicy } from '../../api/pod';
import type { Operation } from '../client';
import { podFragment } from './fragments';

/** One item of a stream of changes; `object` is null for BOOKMARK and RESYNC. */
export interface WireChange<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'RESYNC';
  readonly object: T | null;
  readonly resourceVersion: string;
}

export interface PodChangesVariables {
  readonly namespace?: string | null;
  readonly labelSelector?: string | null;
  readonly filter?: {
    readonly phase?: PodPhase | null;
    readonly nodeName?: string | null;
    readonly ready?: boolean | null;
    readonly restartPolicy?: RestartPolicy | null;
  } | null;
  readonly since?: string | null;
}

export const podChanges: Operation<{ readonly changes: WireChange<Pod> }, PodChangesVariables> = {
  name: 'PodChanges',
  document: /* GraphQL */ `
    subscription PodChanges($namespace: String, $labelSelector: LabelSelector, $filter: PodFilter, $since: ResourceVersion) {
      changes: podChanges(namespace: $namespace, labelSelector: $labelSelector, filter: $filter, since: $since) {
        type
        resourceVersion
        object: pod {
          ...PodFields
        }
      }
    }
    ${podFragment}
  `,
};

export interface DeletePodVariables {
  readonly input: {
    readonly namespace: string;
    readonly name: string;
    readonly uid?: string | null;
    readonly gracePeriodSeconds?: number | null;
  };
}

export const deletePod: Operation<{ readonly deletePod: { readonly pod: { readonly uid: string } } }, DeletePodVariables> = {
  name: 'DeletePod',
  document: /* GraphQL */ `
    mutation DeletePod($input: DeletePodInput!) {
      deletePod(input: $input) {
        pod {
          uid
        }
      }
    }
  `,
};
