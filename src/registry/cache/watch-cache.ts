import type { ApiObject } from '../../api/meta';
import type { Informer, Lister, ObjectChange } from '../../api/watch';
import type { Logger } from '../../base/logger';
import type { Stored } from '../codec';
import { localKey } from '../keys';
import type { Revision } from '../store/store';

/** What a WatchCache keeps its objects in. */
export interface ObjectTable<T extends ApiObject> extends Lister<T> {
  set(object: T): void;
  remove(namespace: string | null, name: string): void;
}

/**
 * The objects of one kind as the feed has them, and those who listen (I1–I8 of api/watch). The cache set changes all
 * kinds first and calls `tell` afterwards; so a handler sees every kind as it is after the change it is told of.
 */
export class WatchCache<T extends ApiObject, Table extends ObjectTable<T> = ObjectTable<T>> implements Informer<T> {
  readonly synced: Promise<void>;
  private resolveSynced: () => void = () => undefined;
  private isSynced = false;
  private readonly handlers = new Set<{ readonly handle: (change: ObjectChange<T>) => void }>();
  /** Objects whose last write could not be decoded: reading them is an error, not "not found". */
  private readonly damaged = new Set<string>();

  constructor(
    readonly kind: T['kind'],
    readonly lister: Table,
    private readonly logger: Logger,
  ) {
    this.synced = new Promise((resolve) => {
      this.resolveSynced = resolve;
    });
  }

  subscribe(handle: (change: ObjectChange<T>) => void): () => void {
    const entry = { handle };
    this.handlers.add(entry);
    if (this.isSynced) this.tellPresent(entry);
    return () => void this.handlers.delete(entry);
  }

  isDamaged(namespace: string | null, name: string): boolean {
    return this.damaged.has(localKey(namespace, name));
  }

  /** Takes in what was stored; what changed by it, at `revision`, in order. A new uid under the name is another object (I5). */
  put(next: Stored<T>, revision: Revision): ObjectChange<T>[] {
    const { object } = next;
    const { namespace, name } = object;
    this.damaged.delete(localKey(namespace, name));
    const previous = this.lister.get(namespace, name) ?? null;
    if (previous?.resourceVersion === object.resourceVersion && previous.uid === object.uid) return [];
    this.lister.set(object);
    if (!previous) return [{ type: 'ADDED', object, previous: null, revision }];
    if (previous.uid === object.uid) return [{ type: 'MODIFIED', object, previous, revision }];
    return [
      { type: 'DELETED', object: previous, previous, revision },
      { type: 'ADDED', object, previous: null, revision },
    ];
  }

  remove(namespace: string | null, name: string, revision: Revision): ObjectChange<T>[] {
    this.damaged.delete(localKey(namespace, name));
    const previous = this.lister.get(namespace, name);
    if (!previous) return [];
    this.lister.remove(namespace, name);
    return [{ type: 'DELETED', object: previous, previous, revision }];
  }

  /** Its last good state stays: to forget it would tell a kubelet to stop containers because of a damaged byte. */
  markDamaged(namespace: string | null, name: string): void {
    this.damaged.add(localKey(namespace, name));
  }

  /** The first full list is here: whoever subscribed already gets the present, and changes from now on (I3, I6). */
  markSynced(): void {
    if (this.isSynced) return;
    this.isSynced = true;
    for (const entry of [...this.handlers]) this.tellPresent(entry);
    this.resolveSynced();
  }

  tell(change: ObjectChange<T>): void {
    if (!this.isSynced) return;
    for (const entry of [...this.handlers]) {
      if (this.handlers.has(entry)) this.call(entry.handle, change);
    }
  }

  private tellPresent(entry: { readonly handle: (change: ObjectChange<T>) => void }): void {
    for (const object of this.lister.list()) {
      if (!this.handlers.has(entry)) return;
      this.call(entry.handle, { type: 'ADDED', object, previous: null, revision: Number(object.resourceVersion) });
    }
  }

  /** I7 */
  private call(handle: (change: ObjectChange<T>) => void, change: ObjectChange<T>): void {
    try {
      handle(change);
    } catch (error) {
      const { namespace, name, uid } = change.object;
      this.logger.error('a change handler failed', { error, kind: this.kind, namespace, name, uid, revision: change.revision });
    }
  }
}
