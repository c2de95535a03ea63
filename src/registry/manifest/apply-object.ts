import { kinds } from '../../api/kinds';
import type { Pod } from '../../api/pod';
import type { ReplicationController } from '../../api/replication-controller';
import { ApiError, isApiError } from '../../errors/api-error';
import { changedFields } from '../changed-fields';
import type { Strategy } from '../strategy';
import type { Draft, Registry } from '../types';
import { encodeObject } from './encode';

/** One field, by its path in the manifest. Text as it is, anything else as JSON; null: it is not there. */
export interface FieldChange {
  readonly field: string;
  readonly from: string | null;
  readonly to: string | null;
}

export interface Applied<T> {
  readonly action: 'CREATED' | 'CONFIGURED' | 'UNCHANGED';
  readonly object: T;
  /** Empty unless CONFIGURED. */
  readonly changes: readonly FieldChange[];
}

interface Wanted<T extends Pod | ReplicationController> {
  readonly draft: Draft<T>;
  readonly resourceVersion: string | null;
}

type ApplicableRegistry<T extends Pod | ReplicationController> = Pick<Registry<T>, 'get' | 'create' | 'update'>;

/**
 * Creates the object, or changes the one of that name. Who loses a race with another writer (it came, it went) looks once
 * more; then the error stands.
 */
export async function applyObject<T extends Pod | ReplicationController>(
  registry: ApplicableRegistry<T>,
  strategy: Strategy<T>,
  wanted: Wanted<T>,
  options: { readonly dryRun: boolean },
): Promise<Applied<T>> {
  const { name } = wanted.draft;
  if (name === null) return create(registry, wanted, options);
  const attempt = async (): Promise<Applied<T>> =>
    (await exists(registry, wanted.draft, name)) ? update(registry, strategy, { ...wanted, name }, options) : create(registry, wanted, options);
  try {
    return await attempt();
  } catch (error) {
    if (!isApiError(error, 'ALREADY_EXISTS') && !isApiError(error, 'NOT_FOUND')) throw error;
    return attempt();
  }
}

async function exists<T extends Pod | ReplicationController>(registry: ApplicableRegistry<T>, draft: Draft<T>, name: string): Promise<boolean> {
  try {
    await registry.get({ namespace: draft.namespace, name });
    return true;
  } catch (error) {
    if (isApiError(error, 'NOT_FOUND')) return false;
    throw error;
  }
}

async function create<T extends Pod | ReplicationController>(
  registry: ApplicableRegistry<T>,
  { draft, resourceVersion }: Wanted<T>,
  options: { readonly dryRun: boolean },
): Promise<Applied<T>> {
  if (resourceVersion !== null) {
    throw new ApiError('CONFLICT', 'metadata.resourceVersion names a version of an object that is not there (any more); remove it to create the object', {
      outcome: 'notApplied',
      details: { namespace: draft.namespace, operation: 'create', ...(draft.name === null ? {} : { name: draft.name }) },
    });
  }
  return { action: 'CREATED', object: await registry.create(draft, options), changes: [] };
}

async function update<T extends Pod | ReplicationController>(
  registry: ApplicableRegistry<T>,
  strategy: Strategy<T>,
  { draft, resourceVersion, name }: Wanted<T> & { readonly name: string },
  { dryRun }: { readonly dryRun: boolean },
): Promise<Applied<T>> {
  const ref = { namespace: draft.namespace, name };
  let before: T | undefined;
  const change = (current: T): T => {
    if (current.deletionTimestamp !== null) throw beingDeleted(current);
    // The last round's object is the one the write was made against.
    before = current;
    return strategy.applyDraft(current, draft);
  };
  const object = await registry.update(ref, change, { dryRun, preconditions: { resourceVersion, uid: draft.uid } });
  const changes = before ? changesBetween(before, object) : [];
  return { action: changes.length > 0 ? 'CONFIGURED' : 'UNCHANGED', object, changes };
}

function beingDeleted(object: Pod | ReplicationController): ApiError {
  const { kind, namespace, name, uid } = object;
  return new ApiError('CONFLICT', `${kinds[kind].noun} ${namespace}/${name} is being deleted; wait until it is gone, then apply again`, {
    outcome: 'notApplied',
    details: { kind, namespace, name, uid, operation: 'update' },
  });
}

function changesBetween(before: Pod | ReplicationController, after: Pod | ReplicationController): readonly FieldChange[] {
  const [from, to] = [encodeObject(before, { defaults: 'keep' }), encodeObject(after, { defaults: 'keep' })];
  return changedFields(from, to, '').map((change) => ({ field: change.field, from: shown(change.from), to: shown(change.to) }));
}

function shown(value: unknown): string | null {
  if (value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
