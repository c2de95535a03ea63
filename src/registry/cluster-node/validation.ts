import type { ClusterNodeStatus } from '../../api/cluster-node';
import type { Causes } from '../causes';
import { reportDuplicates } from '../causes';
import { validateNodeResources } from '../pod-spec/resource-validation';

const longestText = 1024;
const mostConditions = 50;

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
