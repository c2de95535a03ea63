import type { Clock } from '../base/clock';
import type { Identity } from '../base/identity';
import type { Logger } from '../base/logger';
import type { Pod } from '../api/pod';
import type { ControlPlaneClient } from '../client/client';
import type { WirePod } from '../client/decode';
import { decodePod } from '../client/decode';
import { RemoteInformer } from '../client/informer';
import type { PodChangesVariables } from '../client/operations/pods';
import { podChanges } from '../client/operations/pods';

export interface PodSourceOptions {
  readonly client: ControlPlaneClient;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
}

/** The pods that are bound to this node, as the API has them. */
export type PodSource = RemoteInformer<Pod, WirePod, Omit<PodChangesVariables, 'since'>>;

export function createPodSource({ client, nodeName, clock, identity, logger }: PodSourceOptions): PodSource {
  return new RemoteInformer<Pod, WirePod, Omit<PodChangesVariables, 'since'>>({
    client,
    operation: podChanges,
    variables: { filter: { nodeName } },
    decode: decodePod,
    clock,
    identity,
    logger,
  });
}
