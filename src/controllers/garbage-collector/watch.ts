import { controllerOf } from '../../api/meta';
import type { Pod } from '../../api/pod';
import { isTerminal } from '../../api/pod';
import type { Registries } from '../../registry/types';
import type { KeySink } from '../runtime/controller';
import { isAbandoned } from './plan';
import { keyOfSubject } from './subject';

/** Milliseconds that finished pods without an owner are gathered before they are counted: the count walks all pods. */
const gatherFinished = 1_000;

/** The kind of owner that this collector can judge; pods of others are let be. */
export function ownerUidOf(pod: Pod): string | undefined {
  const owner = controllerOf(pod);
  return owner?.kind === 'ReplicationController' ? owner.uid : undefined;
}

/**
 * Only changes that can leave something to collect become keys; the traffic of living pods passes by. Returns what
 * unsubscribes.
 */
export function watchGarbage(registries: Registries, keys: KeySink): () => void {
  const { pods, replicationControllers, clusterNodes } = registries;
  const unsubscribes = [
    replicationControllers.informer.subscribe(({ type, object }) => {
      if (type === 'DELETED' || object.deletionTimestamp !== null) keys.add(keyOfSubject({ kind: 'owner', uid: object.uid }));
    }),
    pods.informer.subscribe(({ type, object }) => {
      if (type === 'DELETED') return;
      const { nodeName } = object.spec;
      const uid = ownerUidOf(object);
      if (uid !== undefined) {
        const owner = replicationControllers.informer.lister.byUid(uid);
        if (!owner || owner.deletionTimestamp !== null || isTerminal(object)) keys.add(keyOfSubject({ kind: 'owner', uid }));
      } else if (isTerminal(object) && !controllerOf(object)) {
        keys.addAfter(keyOfSubject({ kind: 'finished' }), gatherFinished);
      }
      if (nodeName !== null && (object.deletionTimestamp !== null || isAbandoned(object)) && !clusterNodes.informer.lister.get(null, nodeName)) {
        keys.add(keyOfSubject({ kind: 'node', name: nodeName }));
      }
    }),
    clusterNodes.informer.subscribe(({ type, object }) => {
      if (type === 'DELETED') keys.add(keyOfSubject({ kind: 'node', name: object.name }));
    }),
  ];
  return () => unsubscribes.forEach((unsubscribe) => unsubscribe());
}
