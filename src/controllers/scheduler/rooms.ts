import { NodeRoom } from '../../api/node-room';
import type { Pod } from '../../api/pod';
import type { Registries } from '../../registry/types';
import { AssumedBindings } from './assumed';

/**
 * The rooms of all nodes, kept between decisions: only a node on which something changed is added up anew. Whoever
 * decides must have subscribed it (`watch`), else it grows stale.
 */
export class Rooms {
  private readonly assumed = new AssumedBindings();
  private readonly rooms = new Map<string, NodeRoom>();

  constructor(private readonly registries: Registries) {}

  /** Follows the caches; also lets go of assumptions that they confirm. Returns what unsubscribes. */
  watch(): () => void {
    this.rooms.clear();
    const unsubscribes = [
      this.registries.pods.informer.subscribe(({ type, object: { uid, spec } }) => {
        if (type === 'DELETED' || spec.nodeName !== null) this.forget(uid);
        if (spec.nodeName !== null) this.rooms.delete(spec.nodeName);
      }),
      this.registries.clusterNodes.informer.subscribe(({ object }) => void this.rooms.delete(object.name)),
    ];
    return () => unsubscribes.forEach((unsubscribe) => unsubscribe());
  }

  all(): readonly NodeRoom[] {
    const { pods, clusterNodes } = this.registries;
    return clusterNodes.informer.lister.list().map((node) => {
      const known = this.rooms.get(node.name);
      if (known?.node === node) return known;
      const room = new NodeRoom(node, this.assumed.podsOn(node.name, pods.byNode(node.name)));
      this.rooms.set(node.name, room);
      return room;
    });
  }

  /** From now on the pod takes its room there. */
  assume(pod: Pod, nodeName: string): void {
    this.forget(pod.uid);
    this.assumed.assume(pod, nodeName);
    this.rooms.delete(nodeName);
  }

  assumedNodeOf(uid: string): string | undefined {
    return this.assumed.nodeOf(uid);
  }

  forget(uid: string): void {
    const nodeName = this.assumed.nodeOf(uid);
    if (nodeName === undefined) return;
    this.assumed.forget(uid);
    this.rooms.delete(nodeName);
  }
}
