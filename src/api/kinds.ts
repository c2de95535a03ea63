import type { ClusterNode } from './cluster-node';
import type { EventLog } from './event';
import type { Pod } from './pod';
import type { ReplicationController } from './replication-controller';

/** Every kind there is; what is generic iterates this. */
export interface KindTypes {
  Pod: Pod;
  ReplicationController: ReplicationController;
  ClusterNode: ClusterNode;
  /** All events of one object: what is stored. */
  Event: EventLog;
}
export type Kind = keyof KindTypes;
/** What people want and controllers bring about; events only tell of these. */
export type ResourceKind = Exclude<Kind, 'Event'>;

export interface KindInfo {
  readonly kind: Kind;
  /** As in store keys. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** The word in messages: "pod default/web". */
  readonly noun: string;
}

export const kinds: { readonly [K in Kind]: KindInfo & { readonly kind: K } } = {
  Pod: { kind: 'Pod', plural: 'pods', namespaced: true, noun: 'pod' },
  ReplicationController: {
    kind: 'ReplicationController',
    plural: 'replicationcontrollers',
    namespaced: true,
    noun: 'replication controller',
  },
  ClusterNode: { kind: 'ClusterNode', plural: 'clusternodes', namespaced: false, noun: 'node' },
  Event: { kind: 'Event', plural: 'events', namespaced: true, noun: 'event' },
};
