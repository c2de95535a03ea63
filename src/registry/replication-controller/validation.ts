import { quoted } from '../../api/names';
import type { ReplicationControllerSpec } from '../../api/replication-controller';
import { matchesLabels } from '../../api/selectors';
import type { Causes } from '../causes';
import { entryPath, greatestInt } from '../causes';
import { validateAnnotations, validateLabels } from '../metadata';
import { validatePodSpec } from '../pod-spec/validation';

/** More would be a slip of the hand: Kubernetes promises 150,000 pods to a whole cluster. */
export const mostReplicas = 100_000;

export function validateReplicationControllerSpec(causes: Causes, field: string, spec: ReplicationControllerSpec): void {
  causes.wholeNumber(`${field}.replicas`, spec.replicas, { min: 0, max: mostReplicas });
  causes.wholeNumber(`${field}.minReadySeconds`, spec.minReadySeconds, { min: 0, max: greatestInt });
  validateSelector(causes, field, spec);
  validateLabels(causes, `${field}.template.labels`, spec.template.labels);
  validateAnnotations(causes, `${field}.template.annotations`, spec.template.annotations);
  const inner = `${field}.template.spec`;
  validatePodSpec(causes, inner, spec.template.spec);
  const { restartPolicy, activeDeadlineSeconds } = spec.template.spec;
  // Words that are none of the three are reported already.
  if (restartPolicy === 'ON_FAILURE' || restartPolicy === 'NEVER') {
    causes.add(
      `${inner}.restartPolicy`,
      'FieldValueNotSupported',
      `must be ALWAYS: a replication controller keeps pods running, and would replace each pod that ends; ${restartPolicy} is for pods of their own`,
    );
  }
  if (activeDeadlineSeconds !== null) {
    causes.forbidden(`${inner}.activeDeadlineSeconds`, 'must be absent: a replication controller would replace each pod that reaches it');
  }
}

function validateSelector(causes: Causes, field: string, { selector, template }: ReplicationControllerSpec): void {
  if (Object.keys(selector).length === 0) {
    causes.required(`${field}.selector`, 'must have at least one label; give the template labels, and they are the selector too');
    return;
  }
  validateLabels(causes, `${field}.selector`, selector);
  if (matchesLabels(selector, template.labels)) return;
  for (const [key, wanted] of Object.entries(selector)) {
    const label = Object.hasOwn(template.labels, key) ? template.labels[key] : undefined;
    if (label === wanted) continue;
    const found = label === undefined ? 'is missing there' : `is ${quoted(label)} there`;
    causes.invalid(
      entryPath(`${field}.template.labels`, key),
      `must be ${quoted(wanted)} as in ${field}.selector, else the controller would not find the pods it makes; it ${found}`,
    );
  }
}
