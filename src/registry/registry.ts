import type { Kind, KindTypes } from '../api/kinds';
import { kinds } from '../api/kinds';
import type { ObjectRef } from '../api/meta';
import type { Informer } from '../api/watch';
import type { Clock } from '../base/clock';
import { timestamp } from '../base/clock';
import type { Identity } from '../base/identity';
import type { Cause, Operation } from '../errors/api-error';
import { isApiError } from '../errors/api-error';
import { titleOf, detailsOf } from '../errors/interpret';
import type { CacheSet } from './cache/cache-set';
import type { Freshness } from './cache/freshness';
import { pinAt } from './cache/pinned-view';
import type { WatchCache } from './cache/watch-cache';
import type { Stored } from './codec';
import { generatedName, generatedNameTries } from './generated-name';
import type { Decision } from './object-changes';
import { gracePeriodCauses, newObject, withDeletion, withSystemChange, withUserChange } from './object-changes';
import { alreadyExists, invalid, subjectOf } from './object-errors';
import { checkPreconditions } from './preconditions';
import type { Reader } from './reader';
import { listerOf } from './snapshots';
import type { Strategy } from './strategy';
import type { Revision } from './store/store';
import type { DeleteOptions, Draft, ListOptions, ObjectPage, Preconditions, Registry, WriteOptions } from './types';
import { parseResourceVersion } from './versions';
import type { Writer } from './writer';

/** The rules of one kind, and those all kinds share. */
export interface KindRules<T extends KindTypes[Kind]> {
  readonly strategy: Strategy<T>;
  readonly validateMetadata: (object: T) => readonly Cause[];
}

export interface RegistryOptions<K extends Kind> {
  readonly kind: K;
  readonly rules: KindRules<KindTypes[K]>;
  readonly reader: Reader<K>;
  readonly writer: Writer<KindTypes[K]>;
  readonly cache: WatchCache<KindTypes[K]>;
  readonly set: CacheSet;
  readonly freshness: Freshness;
  readonly clock: Clock;
  readonly identity: Identity;
}

/** What a kind's own verbs (bind, updateOwners, register) need beside the public ones. */
export interface SystemWrites<T> {
  /** Changes what `decide` changes, whoever owns it; no user's precondition becomes stale by it. */
  systemChange(ref: ObjectRef, operation: Operation, decide: (current: T) => T, options?: WriteOptions): Promise<T>;
}

/** The generic registry: the order of a write never varies, the kind's knowledge is in its strategy. */
export class ObjectRegistry<K extends Kind> implements Registry<KindTypes[K]>, SystemWrites<KindTypes[K]> {
  readonly informer: Informer<KindTypes[K]>;
  private readonly strategy: Strategy<KindTypes[K]>;
  private readonly writer: Writer<KindTypes[K]>;

  constructor(protected readonly options: RegistryOptions<K>) {
    this.informer = options.cache;
    this.strategy = options.rules.strategy;
    this.writer = options.writer;
  }

  get(ref: ObjectRef): Promise<KindTypes[K]> {
    return this.options.reader.get(ref);
  }

  list(options: ListOptions<KindTypes[K]>): Promise<ObjectPage<KindTypes[K]>> {
    return this.options.reader.list(options);
  }

  async create(draft: Draft<KindTypes[K]>, options: WriteOptions = {}): Promise<KindTypes[K]> {
    const earlier = await this.createdBefore(draft);
    if (earlier) return earlier;
    const generate = !draft.name && !!draft.generateName;
    let last: KindTypes[K] | undefined;
    for (let attempt = 0; attempt < (generate ? generatedNameTries : 1); attempt += 1) {
      const object = this.build(draft, attempt);
      if (options.dryRun) return this.checkFree(object);
      const result = await this.writer.createIfAbsent(object);
      if ('created' in result) return result.created;
      if (draft.uid && result.existing.uid === draft.uid) return result.existing;
      last = object;
    }
    const subject = this.writer.subject('create', last);
    if (!generate) throw alreadyExists(subject, 'the name is taken; choose another, or update what is there');
    throw alreadyExists(subject, `${generatedNameTries} generated names were all taken; try again`, 1);
  }

  update(ref: ObjectRef, change: (current: KindTypes[K]) => KindTypes[K], options: WriteOptions = {}): Promise<KindTypes[K]> {
    return this.changeChecked(ref, 'update', options, (current) => {
      const decision = withUserChange(current, change(current.object));
      if (decision.want === 'put') {
        const { validateMetadata } = this.options.rules;
        this.refuse('update', decision.object, [...validateMetadata(decision.object), ...this.strategy.validateUpdate(decision.object, current.object)]);
      }
      return decision;
    });
  }

  updateStatus(ref: ObjectRef, change: (current: KindTypes[K]) => KindTypes[K], options: WriteOptions = {}): Promise<KindTypes[K]> {
    return this.changeChecked(ref, 'update', options, (current) => {
      const wanted = { ...current.object, status: change(current.object).status };
      return withSystemChange(current, { ...current.object, status: this.strategy.prepareStatus(wanted, current.object) });
    });
  }

  // async, so that a refusal is a rejection and never thrown at the call
  async delete(ref: ObjectRef, options: DeleteOptions = {}): Promise<KindTypes[K]> {
    this.checkGracePeriod(ref, options);
    const { gracePeriodSeconds } = options;
    const now = timestamp(this.options.clock);
    return this.changeChecked(ref, 'delete', options, (current) => withDeletion(current, this.strategy, { gracePeriodSeconds, now }));
  }

  systemChange(
    ref: ObjectRef,
    operation: Operation,
    decide: (current: KindTypes[K]) => KindTypes[K],
    options: WriteOptions = {},
  ): Promise<KindTypes[K]> {
    return this.changeChecked(ref, operation, options, (current) => withSystemChange(current, decide(current.object)));
  }

  protected checkGracePeriod(ref: ObjectRef, options: DeleteOptions): void {
    const causes = gracePeriodCauses(options.gracePeriodSeconds);
    if (causes.length > 0) throw invalid(this.writer.subject('delete', ref), causes);
  }

  protected async changeChecked(
    ref: ObjectRef,
    operation: Operation,
    options: WriteOptions,
    decide: (current: Stored<KindTypes[K]>) => Decision<KindTypes[K]>,
  ): Promise<KindTypes[K]> {
    const head = await this.headFor(options.preconditions);
    const checked = (current: Stored<KindTypes[K]>): Decision<KindTypes[K]> => {
      this.check(current, operation, { preconditions: options.preconditions, head });
      return decide(current);
    };
    return this.writer.change(ref, operation, checked, options.dryRun);
  }

  private check(
    current: Stored<KindTypes[K]>,
    operation: Operation,
    { preconditions, head }: { preconditions: Preconditions | undefined; head: Revision },
  ): void {
    const { kind, set } = this.options;
    const { namespace, name } = current.object;
    const subject = this.writer.subject(operation, current.object);
    checkPreconditions(current, preconditions, {
      details: detailsOf(subject),
      title: `cannot ${operation} ${titleOf(subject)}`,
      at: (revision) => {
        const then = pinAt(set, revision);
        return then ? listerOf(then, kind).get(namespace, name) : undefined;
      },
      isUserField: (path, states) => this.strategy.isUserField(path, states),
      head,
    });
  }

  /** A version that another server gave out may be ahead of this one's caches for a moment. */
  private async headFor(preconditions: Preconditions | undefined): Promise<Revision> {
    const { set, freshness } = this.options;
    const version = preconditions?.resourceVersion;
    const isAhead = version != null && parseResourceVersion(version, 'resourceVersion') > set.revision;
    // If the store does not answer, the write itself is about to say so.
    return isAhead ? freshness.currentRevision().catch(() => set.revision) : set.revision;
  }

  /**
   * The object a create with this uid made already. Another name for the same uid is a mistake, not a repetition; and one
   * that was deleted meanwhile stays deleted (ADR 0010).
   */
  private async createdBefore(draft: Draft<KindTypes[K]>): Promise<KindTypes[K] | undefined> {
    const { cache, set } = this.options;
    if (!draft.uid) return undefined;
    const subject = { ...this.writer.subject('create', { namespace: this.namespaceOf(draft), name: draft.name ?? undefined }), uid: draft.uid };
    const found = cache.lister.byUid(draft.uid);
    if (found) {
      const sameName = draft.name ? found.name === draft.name : found.generateName === draft.generateName;
      if (!sameName || found.namespace !== this.namespaceOf(draft)) {
        throw alreadyExists(subject, `uid ${found.uid} is that of ${titleOf(this.writer.subject('get', found))}; choose another`);
      }
      // Memory may be behind: it could be gone, and then memory knows by now.
      const now = await this.find(found);
      if (now?.uid === draft.uid) return now;
    }
    const deletion = set.ring.deletionOf(draft.uid);
    if (!deletion) return undefined;
    const { kind, change } = deletion;
    const title = titleOf(subjectOf(kinds[kind], 'get', change.object));
    throw alreadyExists(subject, `uid ${draft.uid} was that of ${title}, which was deleted and does not come back; choose another uid, or give none`);
  }

  private build(draft: Draft<KindTypes[K]>, attempt: number): KindTypes[K] {
    const { identity, clock, rules } = this.options;
    const uid = draft.uid || null;
    const generated = draft.generateName ? generatedName(draft.generateName, { uid, attempt, identity }) : '';
    const made = { name: draft.name || generated, namespace: this.namespaceOf(draft), uid: uid ?? identity.uid(), now: timestamp(clock) };
    const object = newObject(this.strategy, draft, made);
    this.refuse('create', object, [...rules.validateMetadata(object), ...this.strategy.validate(object)]);
    return object;
  }

  private namespaceOf(draft: Draft<KindTypes[K]>): string | null {
    return draft.namespace || null;
  }

  /** For a dry run: what would be created, if nothing stands in its way. */
  private async checkFree(object: KindTypes[K]): Promise<KindTypes[K]> {
    const taken = await this.find(object);
    if (taken) throw alreadyExists(this.writer.subject('create', object), 'the name is taken; choose another, or update what is there');
    return this.writer.preview(object);
  }

  private find(ref: ObjectRef): Promise<KindTypes[K] | undefined> {
    return this.get(ref).catch((error: unknown) => {
      if (isApiError(error, 'NOT_FOUND')) return undefined;
      throw error;
    });
  }

  protected refuse(operation: Operation, object: ObjectRef, causes: readonly Cause[]): void {
    if (causes.length > 0) throw invalid(this.writer.subject(operation, object), causes);
  }
}
