import type { Loose } from '../../api/loose';
import type { Container, Pod, PodSpec, PodStatus } from '../../api/pod';
import { podSpecWithDefaults } from '../pod-spec/defaults';
import type { Draft } from '../types';

/** Of a pod that nobody has looked at yet. */
export const firstPodStatus: PodStatus = {
  phase: 'PENDING',
  reason: null,
  message: null,
  conditions: [],
  hostIP: null,
  podIP: null,
  startTime: null,
  observedGeneration: 0,
  initContainerStatuses: [],
  containerStatuses: [],
};

/**
 * The spec a draft means for a pod that is there already: what the system wrote stays, and so does what a default decided
 * from an image that now may be another (imagePullPolicy).
 */
export function appliedPodSpec(current: Pod, draft: Draft<Pod>): PodSpec {
  const containers = draft.spec.containers?.map((container) => withPolicyOf(current.spec.containers, container));
  const initContainers = draft.spec.initContainers?.map((container) => withPolicyOf(current.spec.initContainers, container));
  const spec = podSpecWithDefaults({ ...draft.spec, containers, initContainers });
  return { ...spec, nodeName: spec.nodeName ?? current.spec.nodeName };
}

function withPolicyOf(present: readonly Container[], container: Loose<Container>): Loose<Container> {
  const old = present.find((candidate) => candidate.name === container.name);
  return { ...container, imagePullPolicy: container.imagePullPolicy ?? old?.imagePullPolicy };
}
