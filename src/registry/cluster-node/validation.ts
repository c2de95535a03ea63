import type { ClusterNodeSpec, ClusterNodeStatus } from '../../api/cluster-node';
import { labelKeyProblem, labelValueProblem } from '../../api/names';
import type { Loose } from '../../api/loose';
import type { Taint } from '../../api/taints';
import { isHealthTaint, taintEffects } from '../../api/taints';
import type { Cause } from '../../errors/api-error';
import { Causes, greatestInt, reportDuplicates } from '../causes';
import { validateNodeResources } from '../pod-spec/resource-validation';

const longestText = 1024;
const mostConditions = 50;
const mostTaints = 100;

export function validateClusterNodeSpec(causes: Causes, field: string, { taints, drain }: ClusterNodeSpec): void {
  if (drain) {
    causes.wholeNumber(`${field}.drain.maxUnavailable`, drain.maxUnavailable, { min: 1, max: greatestInt });
    if (drain.gracePeriodSeconds !== null) causes.wholeNumber(`${field}.drain.gracePeriodSeconds`, drain.gracePeriodSeconds, { min: 0, max: greatestInt });
  }
  if (!causes.atMost(`${field}.taints`, taints.length, mostTaints, 'taints')) return;
  taints.forEach(({ key, value, effect }, index) => {
    const at = `${field}.taints[${index}]`;
    if (key === '') causes.required(`${at}.key`, 'must be given: tolerations name it');
    else causes.problem(`${at}.key`, labelKeyProblem(key));
    if (value !== null) causes.problem(`${at}.value`, labelValueProblem(value));
    if (!taintEffects.includes(effect)) causes.notSupported(`${at}.effect`, String(effect), taintEffects);
  });
  const keyed = taints.map(({ key, effect }, index) => ({ field: `${field}.taints[${index}]`, key: `${key}:${effect}` }));
  reportDuplicates(causes, keyed, (taint, first) => `must be unique by key and effect; ${first} is ${taint} too`);
}

/** What people may not say: a node that they called lost would stay so, whatever its kubelet says. */
export function healthTaintCauses(field: string, taints: readonly Loose<Taint>[]): readonly Cause[] {
  const causes = new Causes();
  taints.forEach(({ key }, index) => {
    if (key && isHealthTaint({ key })) causes.forbidden(`${field}[${index}].key`, `must not be ${key}: that says what became of the node, and comes and goes by itself`);
  });
  return causes.list();
}

/** What a kubelet may say about its machine. */
export function validateClusterNodeStatus(causes: Causes, field: string, status: ClusterNodeStatus): void {
  validateNodeResources(causes, `${field}.capacity`, status.capacity);
  validateNodeResources(causes, `${field}.allocatable`, status.allocatable);
  const texts = { ...Object.fromEntries(Object.entries(status.info).map(([name, text]) => [`info.${name}`, text])), address: status.address };
  for (const [name, text] of Object.entries(texts)) {
    if (text.length > longestText) causes.add(`${field}.${name}`, 'FieldValueTooLong', `must have at most ${longestText} characters, not ${text.length}`);
  }
  if (!causes.atMost(`${field}.conditions`, status.conditions.length, mostConditions, 'conditions')) return;
  const typed = status.conditions.map(({ type }, index) => ({ field: `${field}.conditions[${index}].type`, key: type }));
  for (const { field: at, key } of typed) if (key === '') causes.required(at, 'must be given: the name of the condition');
  reportDuplicates(causes, typed, (type, first) => `must be unique; ${first} is ${JSON.stringify(type)} too`);
}
