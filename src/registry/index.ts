import { assembleRegistries } from './assemble';
import { clusterNodeStrategy } from './cluster-node/strategy';
import { validateMetadata } from './metadata';
import { podStrategy } from './pod/strategy';
import { replicationControllerStrategy } from './replication-controller/strategy';
import type { CreateRegistriesOptions, Registries } from './types';

export type * from './types';
export type { Strategy } from './strategy';
export { cascadeAnnotation, orphan } from './replication-controller/cascade';

/**
 * The door of this room. Starts to fill its caches at once and goes on until `close()`; wait for `ready()` before serving.
 * The store stays the caller's: close it after the registries.
 */
export function createRegistries(options: CreateRegistriesOptions): Registries {
  return assembleRegistries(options, {
    Pod: { strategy: podStrategy, validateMetadata },
    ReplicationController: { strategy: replicationControllerStrategy, validateMetadata },
    ClusterNode: { strategy: clusterNodeStrategy, validateMetadata },
  });
}
