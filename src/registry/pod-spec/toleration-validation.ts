import { labelKeyProblem, labelValueProblem } from '../../api/names';
import type { Toleration } from '../../api/taints';
import { taintEffects, tolerationOperators } from '../../api/taints';
import type { Causes } from '../causes';
import { greatestInt } from '../causes';

const mostTolerations = 100;

export function validateTolerations(causes: Causes, field: string, tolerations: readonly Toleration[]): void {
  if (!causes.atMost(field, tolerations.length, mostTolerations, 'tolerations')) return;
  tolerations.forEach((toleration, index) => validateToleration(causes, `${field}[${index}]`, toleration));
}

function validateToleration(causes: Causes, field: string, { key, operator, value, effect, tolerationSeconds }: Toleration): void {
  if (!tolerationOperators.includes(operator)) {
    causes.notSupported(`${field}.operator`, String(operator), tolerationOperators);
    return;
  }
  if (key !== null) causes.problem(`${field}.key`, labelKeyProblem(key));
  else if (operator !== 'EXISTS') causes.invalid(`${field}.operator`, 'must be EXISTS where no key is given: that tolerates every taint');
  if (operator === 'EXISTS' && value !== null) causes.invalid(`${field}.value`, 'must be absent with operator EXISTS: that tolerates every value');
  if (operator === 'EQUAL' && value !== null) causes.problem(`${field}.value`, labelValueProblem(value));
  if (effect !== null && !taintEffects.includes(effect)) causes.notSupported(`${field}.effect`, String(effect), taintEffects);
  if (tolerationSeconds === null) return;
  causes.wholeNumber(`${field}.tolerationSeconds`, tolerationSeconds, { min: -greatestInt, max: greatestInt });
  if (effect !== 'NO_EXECUTE') causes.invalid(`${field}.effect`, 'must be NO_EXECUTE where tolerationSeconds is given: no other effect sends a pod away');
}
