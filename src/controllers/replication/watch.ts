import { controllerOf } from '../../api/meta';
import type { Pod } from '../../api/pod';
import type { Registries } from '../../registry/types';
import type { KeySink } from '../runtime/controller';
import { keyOf } from '../runtime/key';
import { selects } from './plan';

/**
 * Which controllers a change concerns. A pod with a controller concerns that one only, also when others select it; a pod
 * without one concerns all that could adopt it. Returns what unsubscribes.
 */
export function watchReplication(registries: Registries, keys: KeySink): () => void {
  const controllers = registries.replicationControllers.informer;
  const addFor = (pod: Pod): void => {
    const owner = controllerOf(pod);
    if (owner) {
      const controller = controllers.lister.byUid(owner.uid);
      if (controller) keys.add(keyOf(controller));
      return;
    }
    for (const controller of controllers.lister.list(pod.namespace)) {
      if (selects(controller, pod)) keys.add(keyOf(controller));
    }
  };
  const unsubscribes = [
    controllers.subscribe(({ type, object, previous }) => {
      // Its status is written by this loop only: were that a reason to look again, it would undo the back-off after a failure.
      const isStatusOnly =
        type === 'MODIFIED' &&
        previous?.uid === object.uid &&
        previous.generation === object.generation &&
        previous.deletionTimestamp === object.deletionTimestamp;
      if (!isStatusOnly) keys.add(keyOf(object));
    }),
    registries.pods.informer.subscribe(({ object, previous }) => {
      addFor(object);
      if (previous && controllerOf(previous)?.uid !== controllerOf(object)?.uid) addFor(previous);
    }),
  ];
  return () => unsubscribes.forEach((unsubscribe) => unsubscribe());
}
