import type { ResourceKind } from '../../api/kinds';
import type { FieldType, Shape } from './fields';
import { boolean, ignored, integer, list, map, object, shape, text } from './fields';
import { podSpecShape, taintEffect } from './pod-shapes';

/** The documents podql reads and writes, as Kubernetes v1 has them. */
const metadata = shape(
  'metadata',
  {
    name: text,
    generateName: text,
    namespace: text,
    labels: map,
    annotations: map,
    uid: text,
    resourceVersion: text,
    creationTimestamp: ignored,
    deletionTimestamp: ignored,
    deletionGracePeriodSeconds: ignored,
    generation: ignored,
    managedFields: ignored,
    ownerReferences: ignored,
    selfLink: ignored,
  },
  { finalizers: '', clusterName: '' },
);

const namedByController = 'pods of a template get generated names in the namespace of their controller';
const templateMetadata = shape('metadata', { labels: map, annotations: map, creationTimestamp: ignored }, {
  name: namedByController,
  generateName: namedByController,
  namespace: namedByController,
  uid: '',
  resourceVersion: '',
  ownerReferences: '',
  finalizers: '',
});

const podTemplate = shape('a pod template', {
  metadata: { value: object(templateMetadata), flat: true },
  spec: object(podSpecShape),
});

const replicationControllerSpec = shape(
  'a replication controller\'s spec',
  { replicas: integer, minReadySeconds: { value: integer, unless: 0 }, selector: map, template: object(podTemplate) },
  { strategy: 'a replication controller replaces pods as they end', revisionHistoryLimit: '', paused: '', progressDeadlineSeconds: '' },
);

const taint = shape('a taint', { key: text, value: text, effect: taintEffect, timeAdded: text });

const clusterNodeSpec = shape('a node\'s spec', { unschedulable: { value: boolean, unless: false }, taints: list(object(taint)) });

function document(noun: string, spec: Shape): Shape {
  return shape(noun, {
    apiVersion: text,
    kind: text,
    metadata: { value: object(metadata), flat: true },
    spec: object(spec),
    status: ignored,
  });
}

/** Kubernetes' name of each kind, and the shape of its documents. */
export const documentShapes: { readonly [K in ResourceKind]: { readonly kubernetesKind: string; readonly shape: Shape } } = {
  Pod: { kubernetesKind: 'Pod', shape: document('a pod', podSpecShape) },
  ReplicationController: { kubernetesKind: 'ReplicationController', shape: document('a replication controller', replicationControllerSpec) },
  ClusterNode: { kubernetesKind: 'Node', shape: document('a node', clusterNodeSpec) },
};

const listItem: FieldType = { type: 'ignored' };
export const listShape: Shape = shape('a list', { apiVersion: text, kind: text, metadata: ignored, items: list(listItem) });

/** Kubernetes' word for an enumeration's value of the API: ON_FAILURE is OnFailure. The words are the same in every field. */
export const kubernetesWords: ReadonlyMap<string, string> = new Map(
  Object.values(documentShapes).flatMap(({ shape: root }) => wordsOf({ type: 'object', shape: root })),
);

function wordsOf(type: FieldType): readonly (readonly [api: string, kubernetes: string])[] {
  switch (type.type) {
    case 'words':
      return Object.entries(type.words).map(([kubernetes, api]) => [api, kubernetes] as const);
    case 'list':
      return wordsOf(type.of);
    case 'object':
      return Object.values(type.shape.fields).flatMap((field) => wordsOf(field.value));
    default:
      return [];
  }
}
