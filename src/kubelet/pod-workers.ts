import type { Pod } from '../api/pod';
import type { WorkerContext } from './pod-worker';
import { PodWorker } from './pod-worker';
import type { SeenPod } from './runtime-cache';

/** One worker per pod uid, from the moment the pod is seen until nothing of it is left here. */
export class PodWorkers {
  private readonly workers = new Map<string, PodWorker>();

  constructor(private readonly context: WorkerContext) {}

  get size(): number {
    return this.workers.size;
  }

  /** The API shows this pod, new or changed. */
  upsert(pod: Pod): void {
    const worker = this.workers.get(pod.uid);
    if (worker) worker.setPod(pod);
    else this.add({ podUid: pod.uid, namespace: pod.namespace, podName: pod.name }, pod);
  }

  /** The API does not know this pod: what runs of it is ended and removed. */
  gone(seen: SeenPod): void {
    const worker = this.workers.get(seen.podUid);
    if (worker) worker.setPod(null);
    else this.add(seen, null);
  }

  wake(uid: string): void {
    this.workers.get(uid)?.wake();
  }

  wakeAll(): void {
    for (const worker of this.workers.values()) worker.wake();
  }

  async close(): Promise<void> {
    await Promise.all([...this.workers.values()].map((worker) => worker.close()));
  }

  private add(seen: SeenPod, pod: Pod | null): void {
    const worker = new PodWorker(this.context, seen, pod, () => {
      // The pod may have come back meanwhile under a worker of its own.
      if (this.workers.get(seen.podUid) === worker) this.workers.delete(seen.podUid);
      void worker.close();
    });
    this.workers.set(seen.podUid, worker);
    worker.wake();
  }
}
