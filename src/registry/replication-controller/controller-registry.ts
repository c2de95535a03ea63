import type { ObjectRef } from '../../api/meta';
import type { ReplicationController } from '../../api/replication-controller';
import { timestamp } from '../../base/clock';
import { ObjectRegistry } from '../registry';
import type { DeleteOptions, ReplicationControllerRegistry, WriteOptions } from '../types';
import { isOrphaning, keepingCascade, markedForOrphaning } from './cascade';

/** The replication controllers: the generic registry, and deletion that lets the pods stay. */
export class StoredControllers extends ObjectRegistry<'ReplicationController'> implements ReplicationControllerRegistry {
  override update(
    ref: ObjectRef,
    change: (current: ReplicationController) => ReplicationController,
    options?: WriteOptions,
  ): Promise<ReplicationController> {
    return super.update(ref, (current) => keepingCascade(current, change(current)), options);
  }

  /** While the pods of an orphaning one are still being released, only an explicit grace of 0 removes it: the first decision stands. */
  override async delete(ref: ObjectRef, options: DeleteOptions = {}): Promise<ReplicationController> {
    if (options.gracePeriodSeconds !== 0) {
      const current = this.options.cache.lister.get(ref.namespace, ref.name);
      if (current && isOrphaning(current)) return this.systemChange(ref, 'delete', (found) => found, options);
    }
    return super.delete(ref, options);
  }

  async deleteWithCascade(ref: ObjectRef, cascade: 'BACKGROUND' | 'ORPHAN', options: DeleteOptions = {}): Promise<ReplicationController> {
    if (cascade === 'BACKGROUND') return this.delete(ref, options);
    this.checkGracePeriod(ref, options);
    const now = timestamp(this.options.clock);
    return this.systemChange(ref, 'delete', (current) => markedForOrphaning(current, now), options);
  }
}
