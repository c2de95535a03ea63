import { ApiError } from '../errors/api-error';
import type { Revision } from './store/store';

/** resourceVersion is opaque to clients; here it is a revision in decimal. BAD_USER_INPUT for anything else. */
export function parseResourceVersion(text: string, where: string): Revision {
  const revision = /^[1-9][0-9]{0,15}$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(revision)) return revision;
  const shown = JSON.stringify(text.slice(0, 40));
  throw new ApiError(
    'BAD_USER_INPUT',
    `${where}: ${shown} is not a resourceVersion; give back one that an answer of this server contained. Nothing was changed.`,
    { outcome: 'notApplied' },
  );
}

export function printResourceVersion(revision: Revision): string {
  return String(revision);
}
