import type { ObjectRef } from '../api/meta';
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

export function deleteOptions(target: Target & { readonly gracePeriodSeconds?: number | null }): DeleteOptions {
  return { ...writeOptions(target), gracePeriodSeconds: target.gracePeriodSeconds };
}
