import type { Labels } from '../../api/meta';
import type { RestartBackoff } from '../../api/pod';
import { defaultRestartBackoff } from '../../api/pod';
import { restartBackoffAnnotation } from '../metadata';

/**
 * spec.restartBackoff is podql's own. In a manifest that stays valid for Kubernetes it is an annotation of the pod:
 *   podql.io/restart-backoff: initialSeconds=1,maxSeconds=60,resetAfterSeconds=60
 */
const names = ['initialSeconds', 'maxSeconds', 'resetAfterSeconds'] as const;

/** The annotations of the manifest; the default back-off needs none. */
export function withBackoffAnnotation(annotations: Labels, backoff: RestartBackoff): Labels {
  if (names.every((name) => backoff[name] === defaultRestartBackoff[name])) return annotations;
  return { ...annotations, [restartBackoffAnnotation]: names.map((name) => `${name}=${backoff[name]}`).join(',') };
}

/** The annotations of the object, and the back-off that one of them stood for. A bad one gives a problem: the rest of a sentence. */
export function takeBackoffAnnotation(annotations: Labels): {
  readonly annotations: Labels;
  readonly backoff?: Partial<RestartBackoff>;
  readonly problem?: string;
} {
  if (!Object.hasOwn(annotations, restartBackoffAnnotation)) return { annotations };
  const { [restartBackoffAnnotation]: text = '', ...rest } = annotations;
  const backoff: Partial<Record<(typeof names)[number], number>> = {};
  for (const part of text.split(',')) {
    const [key = '', amount = ''] = part.split('=').map((side) => side.trim());
    const name = names.find((candidate) => candidate === key);
    const seconds = Number(amount);
    if (!name || amount === '' || Number.isNaN(seconds) || backoff[name] !== undefined) {
      return { annotations: rest, problem: `must read "initialSeconds=1,maxSeconds=60,resetAfterSeconds=60", each part at most once; ${JSON.stringify(part.slice(0, 80))} does not fit` };
    }
    backoff[name] = seconds;
  }
  return { annotations: rest, backoff };
}
