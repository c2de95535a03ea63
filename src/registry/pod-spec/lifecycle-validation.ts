import type { Lifecycle } from '../../api/pod';
import type { Causes } from '../causes';
import { validateExec, validateHttpGet, validateOneAction } from './probe-validation';

const actions = ['exec', 'httpGet', 'sleep'] as const;

/** A sleep that is longer than the grace period would always be cut short. */
export function validateLifecycle(
  causes: Causes,
  field: string,
  lifecycle: Lifecycle | null,
  pod: { readonly terminationGracePeriodSeconds: number },
): void {
  const handler = lifecycle?.preStop;
  if (!handler) return;
  const at = `${field}.preStop`;
  validateOneAction(causes, at, { actions, given: actions.filter((action) => handler[action] !== null), noun: 'a handler', wanted: 'what to do' });
  if (handler.exec) validateExec(causes, `${at}.exec`, handler.exec);
  if (handler.httpGet) validateHttpGet(causes, `${at}.httpGet`, handler.httpGet);
  const grace = pod.terminationGracePeriodSeconds;
  if (handler.sleep && grace >= 0) causes.wholeNumber(`${at}.sleep.seconds`, handler.sleep.seconds, { min: 0, max: grace });
}
