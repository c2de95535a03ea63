import type { ClusterNode } from '../../api/cluster-node';
import type { EventLog } from '../../api/event';
import type { Labels } from '../../api/meta';
import { controllerOf } from '../../api/meta';
import type { Pod } from '../../api/pod';
import type { ReplicationController } from '../../api/replication-controller';
import type { IndexRules } from './indexer';
import { Indexer } from './indexer';

export type PodIndexName = 'label' | 'node' | 'owner' | 'namespace';
export type ControllerIndexName = 'selector';
export type PodIndexer = Indexer<Pod, PodIndexName>;
export type ControllerIndexer = Indexer<ReplicationController, ControllerIndexName>;
export type NodeIndexer = Indexer<ClusterNode>;
export type EventIndexName = 'involved';
export type EventIndexer = Indexer<EventLog, EventIndexName>;

/** "namespace" NUL "key" NUL "value": none of the parts can contain NUL. */
export function labelValue(namespace: string | null, key: string, value: string): string {
  return `${namespace ?? ''}\0${key}\0${value}`;
}

const podRules: IndexRules<Pod, PodIndexName> = {
  label: (pod) => Object.entries(pod.labels).map(([key, value]) => labelValue(pod.namespace, key, value)),
  node: (pod) => [pod.spec.nodeName ?? ''],
  owner: (pod) => {
    const owner = controllerOf(pod);
    return owner ? [owner.uid] : [];
  },
  namespace: (pod) => [pod.namespace],
};

/** Under one pair of its selector: whoever matches the selector carries this pair too. */
const controllerRules: IndexRules<ReplicationController, ControllerIndexName> = {
  selector: (controller) => {
    const [pair] = Object.entries(controller.spec.selector).sort(([a], [b]) => (a < b ? -1 : 1));
    return pair ? [labelValue(controller.namespace, ...pair)] : [];
  },
};

export const podIndexer = (): PodIndexer => new Indexer(podRules);
export const controllerIndexer = (): ControllerIndexer => new Indexer(controllerRules);
export const nodeIndexer = (): NodeIndexer => new Indexer<ClusterNode>({});
export const eventIndexer = (): EventIndexer => new Indexer<EventLog, EventIndexName>({ involved: (log) => [log.spec.involved.uid] });

export function carries(labels: Labels, selector: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** Pods of the namespace that carry all these labels, in no order: the smallest bucket is walked. */
export function podsCarrying(pods: PodIndexer, namespace: string, selector: Labels): Pod[] {
  const pairs = Object.entries(selector).map((pair) => ({ pair, bucket: pods.bucket('label', labelValue(namespace, ...pair)) }));
  const [smallest, ...others] = pairs.sort((a, b) => a.bucket.size - b.bucket.size);
  const found = [...(smallest?.bucket ?? pods.bucket('namespace', namespace)).values()];
  if (others.length === 0) return found;
  return found.filter(({ labels }) => others.every(({ pair: [key, value] }) => labels[key] === value));
}

/** Controllers whose selector these labels match. */
export function controllersSelecting(controllers: ControllerIndexer, namespace: string, labels: Labels): ReplicationController[] {
  return Object.entries(labels).flatMap(([key, value]) =>
    [...controllers.bucket('selector', labelValue(namespace, key, value)).values()].filter((rc) => carries(labels, rc.spec.selector)),
  );
}
