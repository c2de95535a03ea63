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

  /** `roomAppears`: an assumption gave its room back. No change of an object says so: the pod had no node that anybody saw. */
  constructor(
    private readonly registries: Registries,
    private readonly roomAppears: () => void,
  ) {}

  /** Follows the caches; also lets go of assumptions that they confirm. Returns what unsubscribes. */
  watch(): () => void {
    this.rooms.clear();
    const unsubscribes = [
      this.registries.pods.informer.subscribe(({ type, object: { uid, spec } }) => {
        if (spec.nodeName !== null) this.rooms.delete(spec.nodeName);
        if (type !== 'DELETED' && spec.nodeName === this.assumed.nodeOf(uid)) this.assumed.forget(uid);
        else if (type === 'DELETED' || spec.nodeName !== null) this.giveBack(uid);
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
    this.assumed.assume(pod, nodeName);
    this.rooms.delete(nodeName);
  }

  assumedNodeOf(uid: string): string | undefined {
    return this.assumed.nodeOf(uid);
  }

  /** The pod is not where it was assumed to be. Those that were refused meanwhile were refused for its sake. */
  giveBack(uid: string): void {
    const nodeName = this.assumed.nodeOf(uid);
    if (nodeName === undefined) return;
    this.assumed.forget(uid);
    this.rooms.delete(nodeName);
    this.roomAppears();
  }
}
