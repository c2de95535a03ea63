import type { Pod } from '../api/pod';
import { isOfAnother } from './container-notes';
import { PodWorker } from './pod-worker';
import type { SeenPod } from './runtime-cache';
import type { WorkerContext } from './worker-context';

/**
 * One worker per pod uid, from the moment the pod is seen until nothing of it is left here. Should a pod bear the uid of one
 * that is gone, it waits for the end of that one's worker: it inherits neither containers nor attempts nor volumes.
 */
export class PodWorkers {
  private readonly workers = new Map<string, PodWorker>();
  /** By uid: pods whose turn comes when the worker of an earlier pod is over. */
  private readonly waiting = new Map<string, Pod>();

  constructor(private readonly context: WorkerContext) {}

  get size(): number {
    return this.workers.size;
  }

  /** The API shows this pod, new or changed. */
  upsert(pod: Pod): void {
    const worker = this.workers.get(pod.uid);
    if (worker?.serves(pod)) {
      worker.setPod(pod);
    } else if (worker || this.context.cache.containersOf(pod.uid).some((record) => isOfAnother(record, pod))) {
      this.end(seenOf(pod));
      this.waiting.set(pod.uid, pod);
    } else {
      this.add(seenOf(pod), pod);
    }
  }

  /** The API does not know this pod: what runs of it is ended and removed. */
  gone(seen: SeenPod): void {
    this.waiting.delete(seen.podUid);
    this.end(seen);
  }

  has(uid: string): boolean {
    return this.workers.has(uid);
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

  private end(seen: SeenPod): void {
    const worker = this.workers.get(seen.podUid);
    if (worker) worker.setPod(null);
    else this.add(seen, null);
  }

  private add(seen: SeenPod, pod: Pod | null): void {
    const worker = new PodWorker(this.context, seen, pod, () => {
      this.workers.delete(seen.podUid);
      void worker.close();
      const next = this.waiting.get(seen.podUid);
      this.waiting.delete(seen.podUid);
      if (next) this.add(seenOf(next), next);
    });
    this.workers.set(seen.podUid, worker);
    worker.wake();
  }
}

function seenOf({ uid, namespace, name }: Pod): SeenPod {
  return { podUid: uid, namespace, podName: name };
}
