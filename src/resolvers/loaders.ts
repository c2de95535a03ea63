import DataLoader from 'dataloader';
import type { NodeRoom } from '../api/node-room';
import { roomOf } from '../api/node-room';
import type { Clock } from '../base/clock';
import type { Pod } from '../api/pod';
import type { ReplicationController } from '../api/replication-controller';
import type { Registries, Snapshot } from '../registry/types';
import type { ReplicaCounts } from './counts';
import { countReplicas } from './counts';
import { RequestSnapshots } from './request-snapshots';

/** What a controller's pods are in the snapshot that the controller was read from. */
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
 * One per request, never shared: what belongs to an object of the answer (counts, pods, nodes) is read from the snapshot that the
 * object was read from, so that all of it agrees. `forget` lets the next read pin the present anew (after a mutation, and for
 * each event of a subscription).
 */
export class Loaders {
  readonly snapshots: RequestSnapshots;
  private lister: PodLister | undefined;
  private leases: DataLoader<string, Date | null> | undefined;
  private readonly rooms = new WeakMap<Snapshot, readonly NodeRoom[]>();

  constructor(
    private readonly registries: Registries,
    private readonly clock: Clock,
    private readonly hooks: LoaderHooks = {},
  ) {
    this.snapshots = new RequestSnapshots(registries);
  }

  forget(): void {
    this.snapshots.forget();
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

  /** Of all its nodes, by name: added up once, however many pods of the request want to know where they fit. */
  roomsIn(snapshot: Snapshot): readonly NodeRoom[] {
    const known = this.rooms.get(snapshot);
    if (known) return known;
    const nodes = [...snapshot.clusterNodes.list()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const rooms = nodes.map((node) => roomOf(node, snapshot.pods.byNode(node.name)));
    this.rooms.set(snapshot, rooms);
    return rooms;
  }

  /** Each by itself: one snapshot may be had while another cannot. */
  private async listPods(controllers: readonly ReplicationController[]): Promise<(ControllerPods | Error)[]> {
    this.hooks.onPodListerBatch?.(controllers.length);
    const origins = controllers.map((controller) => this.snapshots.originOf(controller));
    const present = origins.includes(undefined) ? await this.snapshots.present().catch(asError) : undefined;
    const now = this.clock.now();
    return controllers.map((controller, index) => podsIn(origins[index] ?? present, controller, now));
  }
}

function podsIn(snapshot: Snapshot | Error | undefined, controller: ReplicationController, now: number): ControllerPods | Error {
  if (!snapshot || snapshot instanceof Error) return snapshot ?? new Error('no snapshot was pinned');
  try {
    const matching = snapshot.pods.byLabels(controller.namespace, controller.spec.selector);
    return { matching, counts: countReplicas(controller, matching, now) };
  } catch (error) {
    return asError(error);
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

/** One promise per controller, however many counts of it are asked: DataLoader's own cache makes a new one for each. */
class PodLister {
  private readonly known = new Map<ReplicationController, Promise<ControllerPods>>();
  private readonly loader: DataLoader<ReplicationController, ControllerPods>;

  constructor(batch: (controllers: readonly ReplicationController[]) => Promise<(ControllerPods | Error)[]>) {
    this.loader = new DataLoader(batch, { cache: false });
  }

  podsOf(controller: ReplicationController): Promise<ControllerPods> {
    const pods = this.known.get(controller) ?? this.loader.load(controller);
    this.known.set(controller, pods);
    return pods;
  }
}
