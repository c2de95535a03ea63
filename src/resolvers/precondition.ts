import type { ObjectRef } from '../api/meta';
import { ApiError } from '../errors/api-error';
import type { DeleteOptions, WriteOptions } from '../registry/types';

/** From the fields that every update, scale and delete has, to the registry's words. */
export interface Target {
  readonly namespace?: string;
  readonly name: string;
  readonly resourceVersion?: string | null;
  readonly uid?: string | null;
  readonly dryRun: boolean;
}

export function refOf(target: Target): ObjectRef {
  return { namespace: target.namespace ?? null, name: target.name };
}

export function writeOptions({ dryRun, resourceVersion, uid }: Target): WriteOptions {
  return { dryRun, preconditions: { resourceVersion, uid } };
}

/** BAD_USER_INPUT for a negative grace. */
export function deleteOptions(target: Target & { readonly gracePeriodSeconds?: number | null }): DeleteOptions {
  const { gracePeriodSeconds } = target;
  if (gracePeriodSeconds != null && gracePeriodSeconds < 0) {
    throw new ApiError('BAD_USER_INPUT', `gracePeriodSeconds must be 0 or more; ${gracePeriodSeconds} is not. Nothing was deleted.`, {
      outcome: 'notApplied',
    });
  }
  return { ...writeOptions(target), gracePeriodSeconds };
}
