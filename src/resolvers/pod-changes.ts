import type { Container, Pod } from '../api/pod';
import type { Cause } from '../errors/api-error';
import { ApiError } from '../errors/api-error';
import type { UpdateContainerInput, UpdatePodInput } from './inputs/pod';

/** The pod as the input wants it. Pure. INVALID, naming each, if the input names containers that the pod does not have. */
export function updatedPod(current: Pod, input: UpdatePodInput): Pod {
  const { spec } = input;
  const strangers = [
    ...unknownContainers('spec.containers', current.spec.containers, spec?.containers),
    ...unknownContainers('spec.initContainers', current.spec.initContainers, spec?.initContainers),
  ];
  if (strangers.length > 0) throw noSuchContainers(current, strangers);
  return {
    ...current,
    labels: input.labels ?? current.labels,
    annotations: input.annotations ?? current.annotations,
    spec: {
      ...current.spec,
      containers: withImages(current.spec.containers, spec?.containers),
      initContainers: withImages(current.spec.initContainers, spec?.initContainers),
      activeDeadlineSeconds: spec?.activeDeadlineSeconds ?? current.spec.activeDeadlineSeconds,
    },
  };
}

type Changes = readonly UpdateContainerInput[] | null | undefined;

function withImages(containers: readonly Container[], changes: Changes): readonly Container[] {
  return containers.map((container) => {
    const change = changes?.findLast((candidate) => candidate.name === container.name);
    return change?.image == null ? container : { ...container, image: change.image };
  });
}

function unknownContainers(field: string, containers: readonly Container[], changes: Changes): Cause[] {
  const names = containers.map((container) => container.name);
  return (changes ?? []).flatMap(({ name }, index) =>
    names.includes(name)
      ? []
      : [
          {
            field: `${field}[${index}].name`,
            reason: 'FieldValueNotFound',
            message: `the pod has no such container: ${JSON.stringify(name)}; it has ${names.join(', ') || 'none'}`,
          } as const,
        ],
  );
}

function noSuchContainers(pod: Pod, causes: readonly Cause[]): ApiError {
  const { kind, namespace, name, uid } = pod;
  const first = causes.map((cause) => `${cause.field}: ${cause.message}`).join('; ');
  return new ApiError('INVALID', `cannot update pod ${namespace}/${name}: ${first}. Nothing was changed.`, {
    outcome: 'notApplied',
    details: { kind, namespace, name, uid, operation: 'update', causes },
  });
}
