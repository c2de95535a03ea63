import type { EffectiveSecurity } from '../../../api/security';
import { RuntimeError } from '../runtime';

export type UserQuestion = Pick<EffectiveSecurity, 'runAsUser' | 'runAsGroup' | 'runAsNonRoot'>;

/** Whether the image's own user has to be known to tell as whom its container runs. */
export function asksImage({ runAsUser, runAsGroup, runAsNonRoot }: UserQuestion): boolean {
  return runAsUser === null && (runAsNonRoot || runAsGroup !== null);
}

/**
 * As whom a container runs, in the engine's words: null, as the image says. `imageUser`: what the image says, where it was asked.
 * Rejects with CONFIG_REFUSED, as Kubernetes does, where that is root and must not be, or where nobody can tell: a name may be
 * root's in the image's own passwd file. Pure.
 */
export function userOf(question: UserQuestion, container: { readonly name: string; readonly image: string }, imageUser: string): string | null {
  const { runAsUser, runAsGroup, runAsNonRoot } = question;
  const [imagesOwn = ''] = imageUser.split(':');
  if (runAsNonRoot) refuseRoot(container, runAsUser, imagesOwn);
  if (runAsGroup !== null) return `${runAsUser ?? (imagesOwn || '0')}:${runAsGroup}`;
  return runAsUser === null ? null : String(runAsUser);
}

function refuseRoot({ name, image }: { readonly name: string; readonly image: string }, runAsUser: number | null, imagesOwn: string): void {
  const isNumber = /^[+-]?\d+$/.test(imagesOwn);
  if (runAsUser === null ? isNumber && Number(imagesOwn) !== 0 : runAsUser !== 0) return;
  const isName = runAsUser === null && !isNumber && imagesOwn !== '' && imagesOwn !== 'root';
  const why = isName ? `image ${image} runs as ${imagesOwn}, a name that may be root's` : runAsUser === 0 ? 'runAsUser is 0' : `image ${image} runs as root`;
  throw new RuntimeError('CONFIG_REFUSED', `container ${name} has runAsNonRoot, but ${why}: set securityContext.runAsUser`);
}
