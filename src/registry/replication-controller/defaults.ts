import type { Labels } from '../../api/meta';
import type { PodTemplate, ReplicationController, ReplicationControllerSpec } from '../../api/replication-controller';
import { podSpecWithDefaults } from '../pod-spec/defaults';
import type { Draft } from '../types';

/** One replica, and a selector that picks what the template makes, unless told otherwise. */
export function replicationControllerSpecWithDefaults(
  spec: Draft<ReplicationController>['spec'],
  present?: ReplicationControllerSpec,
): ReplicationControllerSpec {
  const template: PodTemplate = {
    labels: { ...spec.template?.labels },
    annotations: { ...spec.template?.annotations },
    spec: podSpecWithDefaults(spec.template?.spec),
  };
  const selector: Labels = spec.selector ?? {};
  return {
    // Somebody may have scaled it since: a draft that names no number does not undo that.
    replicas: spec.replicas ?? present?.replicas ?? 1,
    selector: Object.keys(selector).length === 0 ? template.labels : { ...selector },
    minReadySeconds: spec.minReadySeconds ?? 0,
    template,
  };
}
