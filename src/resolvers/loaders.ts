import DataLoader from 'dataloader';
import type { Clock } from '../base/clock';
import type { Pod } from '../api/pod';
import type { ReplicationController } from '../api/replication-controller';
import type { Registries, Snapshot } from '../registry/types';
import type { ReplicaCounts } from './counts';
import { countReplicas } from './counts';

/** What a controller's pods are at the request's moment. */
export interface ControllerPods {
  /** All that match the selector: finished ones, those being deleted, and those of other controllers included. */
  readonly matching: readonly Pod[];
  readonly counts: ReplicaCounts;
}

export interface LoaderHooks {
  /** Called once per batch of the pod lister, for metrics. */
  readonly onPodListerBatch?: (controllers: number) => void;
}

/**
 * One per request, never shared: all that a request reads beyond its root field comes from one snapshot, pinned when it is
 * first needed, so that counts, pods and nodes of one answer agree. `forget` lets the next read pin anew (after a
 * mutation, and for each event of a subscription).
 */
export class Loaders {
  private pinned: Promise<Snapshot> | undefined;
  private lister: PodLister | undefined;
  private leases: DataLoader<string, Date | null> | undefined;

  constructor(
    private readonly registries: Registries,
    private readonly clock: Clock,
    private readonly hooks: LoaderHooks = {},
  ) {}

  snapshot(): Promise<Snapshot> {
    this.pinned ??= this.registries.freshSnapshot();
    return this.pinned;
  }

  forget(): void {
    this.pinned = undefined;
    this.lister = undefined;
    this.leases = undefined;
  }

  /** The pod lister: however many controllers a request counts, and however many counts of each, one batch and no store read. */
  podsOf(controller: ReplicationController): Promise<ControllerPods> {
    this.lister ??= new PodLister((controllers) => this.listPods(controllers));
    return this.lister.podsOf(controller);
  }

  lastHeartbeat(nodeName: string): Promise<Date | null> {
    this.leases ??= new DataLoader((names) => Promise.all(names.map((name) => this.registries.clusterNodes.lastHeartbeat(name))));
    return this.leases.load(nodeName);
  }

  private async listPods(controllers: readonly ReplicationController[]): Promise<ControllerPods[]> {
    this.hooks.onPodListerBatch?.(controllers.length);
    const { pods } = await this.snapshot();
    const now = this.clock.now();
    return controllers.map((controller) => {
      const matching = pods.byLabels(controller.namespace, controller.spec.selector);
      return { matching, counts: countReplicas(controller, matching, now) };
    });
  }
}

/** One promise per controller, however many counts of it are asked: DataLoader's own cache makes a new one for each. */
class PodLister {
  private readonly known = new Map<ReplicationController, Promise<ControllerPods>>();
  private readonly loader: DataLoader<ReplicationController, ControllerPods>;

  constructor(batch: (controllers: readonly ReplicationController[]) => Promise<ControllerPods[]>) {
    this.loader = new DataLoader(batch, { cache: false });
  }

  podsOf(controller: ReplicationController): Promise<ControllerPods> {
    const pods = this.known.get(controller) ?? this.loader.load(controller);
    this.known.set(controller, pods);
    return pods;
  }
}
