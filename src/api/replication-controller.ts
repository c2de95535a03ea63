import type { ApiObject, Condition, Labels } from './meta';
import type { PodSpec } from './pod';

export interface ReplicationController extends ApiObject {
  readonly kind: 'ReplicationController';
  readonly namespace: string;
  readonly spec: ReplicationControllerSpec;
  readonly status: ReplicationControllerStatus;
}

export interface ReplicationControllerSpec {
  readonly replicas: number;
  /** Equality per key; never empty after defaulting. */
  readonly selector: Labels;
  readonly minReadySeconds: number;
  readonly template: PodTemplate;
}

export interface PodTemplate {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly spec: PodSpec;
}

/** No counts here: they are computed when asked (D3). */
export interface ReplicationControllerStatus {
  readonly observedGeneration: number;
  readonly conditions: readonly Condition[];
}
