import type { ReplicationController } from '../api/replication-controller';
import { podSpecWithDefaults } from '../registry/pod-spec/defaults';
import type { UpdateReplicationControllerInput } from './inputs/replication-controller';

/** The controller as the input wants it. Pure. A map or a template's spec that is given replaces the whole; the rest stays. */
export function updatedController(current: ReplicationController, input: UpdateReplicationControllerInput): ReplicationController {
  const { spec } = current;
  const wanted = input.spec;
  const template = wanted?.template;
  return {
    ...current,
    labels: input.labels ?? current.labels,
    annotations: input.annotations ?? current.annotations,
    spec: {
      replicas: wanted?.replicas ?? spec.replicas,
      selector: wanted?.selector ?? spec.selector,
      minReadySeconds: wanted?.minReadySeconds ?? spec.minReadySeconds,
      template: {
        labels: template?.labels ?? spec.template.labels,
        annotations: template?.annotations ?? spec.template.annotations,
        spec: template?.spec ? podSpecWithDefaults(template.spec) : spec.template.spec,
      },
    },
  };
}
