import type { ClusterNode } from '../../api/cluster-node';
import { isNodeReady } from '../../api/cluster-node';
import type { Taint } from '../../api/taints';
import { isHealthTaint } from '../../api/taints';
import type { KnownTaint } from './plan';

/** One that is not ready may go on to be unreachable: that is one absence, and its time goes on. */
const health = 'health';

/** Since when each node has its NO_EXECUTE taints, as seen by whoever tells it of nodes, in milliseconds of the monotonic clock. */
export class TaintedNodes {
  private readonly byName = new Map<string, ReadonlyMap<string, KnownTaint>>();

  /** To be told of every state of a node, in order. */
  saw(node: ClusterNode, now: number): void {
    const before = this.byName.get(node.name);
    const taints = expelling(node).map((taint): [string, KnownTaint] => {
      const id = idOf(taint);
      const known = before?.get(id);
      return [id, known?.taint.key === taint.key ? known : { taint, since: known?.since ?? now }];
    });
    if (taints.length > 0) this.byName.set(node.name, new Map(taints));
    else this.byName.delete(node.name);
  }

  gone(nodeName: string): void {
    this.byName.delete(nodeName);
  }

  /** What is said of their health counts from now: nothing was held against them while eviction stood still. */
  restartHealth(now: number): void {
    for (const [name, taints] of this.byName) {
      this.byName.set(name, new Map([...taints].map(([id, known]) => [id, id === health ? { ...known, since: now } : known])));
    }
  }

  taintsOf(nodeName: string): readonly KnownTaint[] {
    return [...(this.byName.get(nodeName)?.values() ?? [])];
  }

  has(nodeName: string): boolean {
    return this.byName.has(nodeName);
  }

  names(): readonly string[] {
    return [...this.byName.keys()];
  }

  clear(): void {
    this.byName.clear();
  }
}

/** Taints that send pods away. A node that is ready again has no such word on its health, also where it still stands there. */
function expelling(node: ClusterNode): readonly Taint[] {
  return node.spec.taints.filter((taint) => taint.effect === 'NO_EXECUTE' && !(isHealthTaint(taint) && isNodeReady(node)));
}

function idOf(taint: Taint): string {
  return isHealthTaint(taint) ? health : `taint ${taint.key}=${taint.value ?? ''}`;
}
