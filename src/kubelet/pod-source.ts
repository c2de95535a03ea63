import type { Clock } from '../base/clock';
import type { Identity } from '../base/identity';
import type { Logger } from '../base/logger';
import type { Pod } from '../api/pod';
import type { ControlPlaneClient } from '../client/client';
import { RemoteInformer } from '../client/informer';
import { podChanges } from '../client/operations/pods';

export interface PodSourceOptions {
  readonly client: ControlPlaneClient;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
}

/** The pods that are bound to this node, as the API has them. */
export type PodSource = RemoteInformer<Pod>;

export function createPodSource({ client, nodeName, clock, identity, logger }: PodSourceOptions): PodSource {
  return new RemoteInformer({
    name: `pods of ${nodeName}`,
    open: (since, signal) => client.subscribe(podChanges, { filter: { nodeName }, since }, signal),
    clock,
    identity,
    logger,
  });
}
