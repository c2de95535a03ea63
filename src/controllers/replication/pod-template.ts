import type { OwnerReference } from '../../api/meta';
import type { Pod } from '../../api/pod';
import type { ReplicationController } from '../../api/replication-controller';
import type { Draft } from '../../registry/types';

/** A pod to be made from the template, with its uid chosen by us. */
export interface PodDraft extends Draft<Pod> {
  readonly uid: string;
}

/** What Kubernetes' 63 characters for a generated name leave, less "-" and the suffix of five. */
const longestPrefix = 57;

export function controllerReference(controller: ReplicationController): OwnerReference {
  return { kind: controller.kind, name: controller.name, uid: controller.uid, controller: true };
}

/**
 * A draft that may be sent again when the outcome of a create is not known: the name follows from the uid, so that of all
 * drafts with this uid, whatever the template was when each was sent, one at most becomes a pod.
 */
export function podFromTemplate(controller: ReplicationController, uid: string): PodDraft {
  const { labels, annotations, spec } = controller.spec.template;
  return {
    name: null,
    generateName: `${prefixOf(controller.name)}-`,
    namespace: controller.namespace,
    uid,
    labels,
    annotations,
    ownerReferences: [controllerReference(controller)],
    spec: { ...spec, nodeName: null },
  };
}

/** A cut may fall behind a dot or a hyphen, and "web.-x7k2q" is no name. */
function prefixOf(name: string): string {
  return name.length <= longestPrefix ? name : name.slice(0, longestPrefix).replace(/[.-]+$/, '');
}
