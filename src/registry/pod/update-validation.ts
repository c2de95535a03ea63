import type { Container, Pod, PodSpec } from '../../api/pod';
import { changedFields } from '../changed-fields';
import type { Causes } from '../causes';

/**
 * What may change while a pod lives: labels, annotations, the image of a container, and activeDeadlineSeconds (given for
 * the first time, or lowered). All else needs a new pod.
 */
export function validatePodChange(causes: Causes, next: Pod, current: Pod): void {
  validateDeadlineChange(causes, next.spec.activeDeadlineSeconds, current.spec.activeDeadlineSeconds);
  if (next.spec.nodeName !== current.spec.nodeName) {
    const was = current.spec.nodeName === null ? 'bindPod gives a pod its node' : `the pod is bound to ${current.spec.nodeName} and never moves; delete it and create it again`;
    causes.forbidden('spec.nodeName', `must not be changed: ${was}`);
  }
  for (const list of ['containers', 'initContainers'] as const) {
    const [before, after] = [namesOf(current.spec[list]), namesOf(next.spec[list])];
    if (before !== after) {
      causes.forbidden(`spec.${list}`, 'must keep the same containers in the same order: they cannot be added, removed or renamed in a living pod; delete it and create it again');
    }
  }
  const fixed = (spec: PodSpec): unknown => ({
    ...spec,
    nodeName: null,
    activeDeadlineSeconds: null,
    containers: withoutImages(spec.containers, next.spec.containers, current.spec.containers),
    initContainers: withoutImages(spec.initContainers, next.spec.initContainers, current.spec.initContainers),
  });
  for (const { field } of changedFields(fixed(current.spec), fixed(next.spec), 'spec')) {
    causes.forbidden(field, 'must not be changed in a living pod (only images, activeDeadlineSeconds, labels and annotations may); delete the pod and create it again');
  }
}

function validateDeadlineChange(causes: Causes, next: number | null, current: number | null): void {
  if (current === null || next === current) return;
  if (next === null) causes.forbidden('spec.activeDeadlineSeconds', `must not be taken away; it is ${current} and may only be lowered`);
  else if (next > current) causes.forbidden('spec.activeDeadlineSeconds', `must not be raised; it is ${current} and may only be lowered`);
}

function namesOf(containers: readonly Container[]): string {
  return JSON.stringify(containers.map((container) => container.name));
}

/** When the containers themselves differ, that is said once, and comparing them place by place would only add noise. */
function withoutImages(containers: readonly Container[], next: readonly Container[], current: readonly Container[]): unknown {
  return namesOf(next) === namesOf(current) ? containers.map((container) => ({ ...container, image: '' })) : [];
}
