import type { ClusterNodeSpec } from '../api/cluster-node';
import type { Container, ContainerStatus, PodSpec } from '../api/pod';
import { defaultTerminationMessagePath } from '../api/pod';

/**
 * Fields that podql learnt after objects without them were stored, and what their absence means. They are filled in when an
 * object is read, so that every reader finds every field; they are stored with the object's next write.
 */
const laterContainerFields: Partial<Container> = {
  securityContext: null,
  terminationMessagePath: defaultTerminationMessagePath,
  terminationMessagePolicy: 'FILE',
  lifecycle: null,
};
const laterPodSpecFields: Partial<PodSpec> = {
  securityContext: null,
  hostname: null,
  dnsPolicy: 'CLUSTER_FIRST',
  dnsConfig: null,
  hostAliases: [],
  tolerations: [],
};
const laterNodeSpecFields: Partial<ClusterNodeSpec> = { taints: [], drain: null };
const laterContainerStatusFields: Partial<ContainerStatus> = { imageID: null, started: null };

type Parsed = Record<string, unknown>;

/** Changes the object in place: it was just parsed and is nobody's yet. Whatever else is wrong with it stays. */
export function fillLaterFields(kind: string, { spec, status }: Parsed): void {
  switch (kind) {
    case 'Pod':
      fillPodSpec(spec);
      fillEach(member(status, 'containerStatuses'), laterContainerStatusFields);
      fillEach(member(status, 'initContainerStatuses'), laterContainerStatusFields);
      return;
    case 'ReplicationController':
      fillPodSpec(member(member(spec, 'template'), 'spec'));
      return;
    case 'ClusterNode':
      fill(spec, laterNodeSpecFields);
      return;
  }
}

function fillPodSpec(spec: unknown): void {
  fill(spec, laterPodSpecFields);
  fillEach(member(spec, 'containers'), laterContainerFields);
  fillEach(member(spec, 'initContainers'), laterContainerFields);
}

function fillEach(list: unknown, fields: object): void {
  if (Array.isArray(list)) for (const item of list) fill(item, fields);
}

function fill(object: unknown, fields: object): void {
  if (!isRecord(object)) return;
  for (const [name, value] of Object.entries(fields)) if (object[name] === undefined) object[name] = value;
}

function member(object: unknown, name: string): unknown {
  return isRecord(object) ? object[name] : undefined;
}

function isRecord(value: unknown): value is Parsed {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
