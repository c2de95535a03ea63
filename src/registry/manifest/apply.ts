import { kinds } from '../../api/kinds';
import type { Pod } from '../../api/pod';
import type { ReplicationController } from '../../api/replication-controller';
import type { ApiError } from '../../errors/api-error';
import { isApiError } from '../../errors/api-error';
import { podStrategy } from '../pod/strategy';
import { replicationControllerStrategy } from '../replication-controller/strategy';
import type { Registries } from '../types';
import { combineRefusals, partlyApplied, refusalOf } from './apply-errors';
import type { Applied, FieldChange } from './apply-object';
import { applyObject } from './apply-object';
import type { ManifestObject } from './parse';
import { parseManifest } from './parse';
import { Problems } from './problems';

export type { FieldChange };

export interface ApplyOptions {
  /** For objects that name none. */
  readonly namespace: string;
  readonly dryRun?: boolean;
}

export type ApplyResult = Applied<Pod> | Applied<ReplicationController>;

type ManifestRegistries = Pick<Registries, 'pods' | 'replicationControllers'>;

/**
 * Brings objects to what a manifest says. Everything is read, then everything is tried without storing it, and only when
 * nothing is refused is anything written: INVALID tells the problems of all objects at once, with their lines.
 * A write that fails all the same (others write too, stores fail) ends the call with its own code; the message says
 * what was applied before it. Results come in the order of the manifest.
 */
export async function applyManifest(registries: ManifestRegistries, manifest: string, options: ApplyOptions): Promise<readonly ApplyResult[]> {
  const objects = parseManifest(manifest, { defaultNamespace: options.namespace });
  refuseRepeated(objects);
  const previews = await preview(registries, objects);
  if (options.dryRun) return previews;
  const applied: ApplyResult[] = [];
  for (const [index, object] of objects.entries()) {
    try {
      applied.push(await applyOne(registries, object, { dryRun: false }));
    } catch (error) {
      throw partlyApplied(refusalOf(error, object), { applied, object, left: objects.length - index - 1 });
    }
  }
  return applied;
}

/** Tries every object, so that all refusals are told together; a store that cannot answer ends it at once. */
async function preview(registries: ManifestRegistries, objects: readonly ManifestObject[]): Promise<readonly ApplyResult[]> {
  const previews: ApplyResult[] = [];
  const refusals: ApiError[] = [];
  for (const object of objects) {
    try {
      previews.push(await applyOne(registries, object, { dryRun: true }));
    } catch (error) {
      if (!isApiError(error) || error.retryable || error.code === 'INTERNAL_SERVER_ERROR') throw error;
      refusals.push(refusalOf(error, object));
    }
  }
  if (refusals.length > 0) throw combineRefusals(refusals);
  return previews;
}

function applyOne(registries: ManifestRegistries, object: ManifestObject, options: { readonly dryRun: boolean }): Promise<ApplyResult> {
  switch (object.kind) {
    case 'Pod':
      return applyObject(registries.pods, podStrategy, object, options);
    case 'ReplicationController':
      return applyObject(registries.replicationControllers, replicationControllerStrategy, object, options);
  }
}

function refuseRepeated(objects: readonly ManifestObject[]): void {
  const problems = new Problems();
  const firstLine = new Map<string, number>();
  for (const { kind, draft, locate } of objects) {
    if (draft.name === null) continue;
    const title = `${kinds[kind].noun} ${draft.namespace}/${draft.name}`;
    const at = locate('metadata.name');
    const first = firstLine.get(title);
    if (first === undefined) firstLine.set(title, at.line);
    else problems.add(at, { field: 'metadata.name', reason: 'FieldValueDuplicate', message: `${title} is in this manifest twice; the first is in line ${first}` });
  }
  problems.throwIfAny();
}
