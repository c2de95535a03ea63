import type { ClusterNode } from '../../api/cluster-node';
import type { ObjectRef } from '../../api/meta';
import { timestamp } from '../../base/clock';
import type { Pod } from '../../api/pod';
import type { PodIndexer } from '../cache/kind-indexes';
import { podsCarrying } from '../cache/kind-indexes';
import { compareRefs } from '../keys';
import type { RegistryOptions } from '../registry';
import { ObjectRegistry } from '../registry';
import type { DeleteOptions, Disruption, PodRegistry, WriteOptions } from '../types';
import { bindPod } from './binding';
import { evicted } from './eviction';

export interface PodRegistryOptions extends RegistryOptions<'Pod'> {
  readonly indexer: PodIndexer;
  readonly getNode: (name: string) => Promise<ClusterNode>;
}

/** The pods: the generic registry, binding, ownership, and the indexes of the present. */
export class StoredPods extends ObjectRegistry<'Pod'> implements PodRegistry {
  constructor(private readonly podOptions: PodRegistryOptions) {
    super(podOptions);
  }

  bind(ref: ObjectRef, nodeName: string, options?: WriteOptions): Promise<Pod> {
    const { clock, getNode } = this.podOptions;
    return bindPod({ pods: this, getNode, now: () => timestamp(clock) }, ref, nodeName, options);
  }

  updateOwners(ref: ObjectRef, change: (current: Pod) => Pod['ownerReferences'], options?: WriteOptions): Promise<Pod> {
    return this.systemChange(ref, 'update', (current) => ({ ...current, ownerReferences: change(current) }), options);
  }

  // async, so that a refusal is a rejection and never thrown at the call
  async evict(ref: ObjectRef, disruption: Disruption, options: DeleteOptions = {}): Promise<Pod> {
    this.checkGracePeriod(ref, options);
    const wish = { ...disruption, gracePeriodSeconds: options.gracePeriodSeconds, now: timestamp(this.options.clock) };
    return this.changeChecked(ref, 'delete', options, (current) => evicted(current, this.options.rules.strategy, wish));
  }

  byLabels(namespace: string, selector: Readonly<Record<string, string>>): readonly Pod[] {
    return podsCarrying(this.podOptions.indexer, namespace, selector).sort(compareRefs);
  }

  byNode(nodeName: string): readonly Pod[] {
    return this.podOptions.indexer.find('node', nodeName);
  }

  byOwner(uid: string): readonly Pod[] {
    return this.podOptions.indexer.find('owner', uid);
  }
}
