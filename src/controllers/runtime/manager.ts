import type { Clock } from '../../base/clock';
import { nextTurn } from '../../base/clock';
import type { Identity } from '../../base/identity';
import type { Logger } from '../../base/logger';
import type { Registries } from '../../registry/types';
import { DrainReconciler } from '../drain/controller';
import type { EvictionSettings } from '../eviction/controller';
import { EvictionReconciler } from '../eviction/controller';
import { GarbageCollector } from '../garbage-collector/controller';
import { NodeLifecycleReconciler } from '../node-lifecycle/controller';
import { ReplicationReconciler } from '../replication/controller';
import { watchReplication } from '../replication/watch';
import { SchedulerReconciler } from '../scheduler/controller';
import type { KeySink } from './controller';
import { createController } from './controller';
import type { Controller, Reconciler } from './reconciler';

export interface ControllersOptions {
  readonly registries: Registries;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
  readonly eviction: EvictionSettings;
}

/** Keys worked at a time: what waits for the store is worth overlapping, what is rare is not. */
const workers = { replication: 8, scheduler: 8, nodeLifecycle: 1, eviction: 1, drain: 1, garbageCollector: 4 };

/** All loops of the control plane. None starts before the registries are ready. */
export function createControllers(options: ControllersOptions): Controller[] {
  const { registries } = options;
  const loop = (reconciler: Reconciler, count: number, watch: (keys: KeySink) => () => void): Controller =>
    createController({ ...options, reconciler, workers: count, watch, ready: (signal) => registries.ready(signal) });

  const replication = new ReplicationReconciler(options);
  const scheduler = new SchedulerReconciler(options);
  const nodeLifecycle = new NodeLifecycleReconciler(options);
  const eviction = new EvictionReconciler({ ...options, ...options.eviction });
  const drain = new DrainReconciler(options);
  const garbageCollector = new GarbageCollector(registries, options.clock);
  return [
    loop(replication, workers.replication, (keys) => watchReplication(registries, keys)),
    loop(scheduler, workers.scheduler, (keys) => scheduler.watch(keys)),
    loop(nodeLifecycle, workers.nodeLifecycle, (keys) => nodeLifecycle.watch(keys)),
    loop(eviction, workers.eviction, (keys) => eviction.watch(keys)),
    loop(drain, workers.drain, (keys) => drain.watch(keys)),
    loop(garbageCollector, workers.garbageCollector, (keys) => garbageCollector.watch(keys)),
  ];
}

/**
 * Runs them until the signal aborts; resolves when all have ended. A loop that cannot go on ends the others too, and its
 * error is thrown: half a control plane is worse than one that is started again.
 */
export async function runControllers(controllers: readonly Controller[], signal: AbortSignal): Promise<void> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const run = async (controller: Controller): Promise<void> => {
    try {
      await controller.run(either);
    } catch (error) {
      failure.abort();
      throw error;
    }
  };
  const running: Promise<PromiseSettledResult<void>[]>[] = [];
  for (const controller of controllers) {
    running.push(Promise.allSettled([run(controller)]));
    // Each is told of every object that there is: not all of them in one turn of the event loop.
    await nextTurn();
  }
  const results = (await Promise.all(running)).flat();
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
