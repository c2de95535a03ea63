import { aborted, linkAbort } from '../base/abort';
import { backoffDelay } from '../base/backoff';
import { sleep } from '../base/clock';
import type { Pod } from '../api/pod';
import type { ObjectChange } from '../api/watch';
import { EventReporter } from './event-reporter';
import { createHandlerRunner } from './handlers';
import { LogAnswerer } from './logs';
import { machineAddress } from './node-capacity';
import type { KubeletOptions } from './options';
import { OwnNode } from './own-node';
import { PodActor } from './pod-actor';
import type { PodSource } from './pod-source';
import { createPodSource } from './pod-source';
import { PodWorkers } from './pod-workers';
import { createProbeChecker } from './probe-check';
import { RuntimeCache } from './runtime-cache';
import { StatusReporter } from './status-reporter';

export type { KubeletOptions };

/**
 * idle → opening (the runtime) → syncing (with the API, for the first time) → running → stopping → stopped.
 * An abort leads from any phase to stopping.
 */
export type KubeletPhase = 'idle' | 'opening' | 'syncing' | 'running' | 'stopping' | 'stopped';

export interface Kubelet {
  readonly phase: KubeletPhase;
  /** Resolves when the node is registered and every pod that ran before is adopted. Pending for ever if that never comes. */
  readonly ready: Promise<void>;
  /**
   * Runs until the signal aborts; then resolves once nothing is under way. Containers run on. Never rejects because of the
   * API or the runtime: both may come and go. One run per kubelet.
   */
  run(signal: AbortSignal): Promise<void>;
}

const openPolicy = { initial: 500, max: 10_000, jitter: 0.3 };

export function createKubelet(options: KubeletOptions): Kubelet {
  return new NodeKubelet(options);
}

class NodeKubelet implements Kubelet {
  phase: KubeletPhase = 'idle';
  readonly ready: Promise<void>;
  private readonly markReady: () => void;
  private readonly cache: RuntimeCache;
  private readonly reporter: StatusReporter;
  private readonly events: EventReporter;
  private readonly workers: PodWorkers;
  private readonly source: PodSource;
  private readonly node: OwnNode;
  private readonly logs: LogAnswerer;
  /** Aborts once the runtime was tried for the first time: the node is not registered before it can say how it is. */
  private readonly tried = new AbortController();
  /** Each pod of the API has its worker. */
  private adopted = false;

  constructor(private readonly options: KubeletOptions) {
    const { client, runtime, nodeName, clock, identity, relistSeconds, deadContainers = 1 } = options;
    const logger = options.logger.child({ node: nodeName });
    const address = options.address ?? machineAddress();
    let resolveReady = (): void => undefined;
    this.ready = new Promise((resolve) => (resolveReady = resolve));
    this.markReady = resolveReady;
    this.cache = new RuntimeCache({ runtime, clock, logger, relistSeconds });
    this.reporter = new StatusReporter({ client, nodeName, clock, identity, logger, onAccepted: (uid) => this.workers.wake(uid) });
    this.events = new EventReporter({ client, nodeName, clock, identity, logger });
    const actor = new PodActor({ runtime, cache: this.cache, client, nodeName });
    const checker = createProbeChecker({ runtime, isRuntimeAway: () => this.cache.unavailableBecause !== null, clock });
    const handlers = createHandlerRunner({ runtime, clock });
    this.workers = new PodWorkers({ runtime, actor, cache: this.cache, reporter: this.reporter, events: this.events, checker, handlers, clock, identity, logger, address, probeHost: '127.0.0.1', deadContainers });
    this.source = createPodSource({ client, nodeName, clock, identity, logger });
    this.node = new OwnNode({ ...options, logger }, { address, unavailableBecause: () => this.cache.unavailableBecause, tell: (event) => this.events.record(null, event) });
    this.logs = new LogAnswerer({ client, runtime, cache: this.cache, nodeName, clock, identity, logger });
  }

  async run(signal: AbortSignal): Promise<void> {
    if (this.phase !== 'idle') throw new Error('a kubelet runs once');
    const unsubscribeHealth = this.cache.onHealthChange(() => {
      this.node.refresh();
      if (this.cache.unavailableBecause === null) this.workers.wakeAll();
    });
    const unsubscribePods = this.cache.onPodChange((uid) => this.onSeen(uid));
    const tried = aborted(linkAbort(signal, this.tried.signal).signal);
    const loops = [this.node.run(tried, signal), this.source.run(signal), this.reporter.run(signal), this.events.run(signal), this.logs.run(signal), this.main(signal)];
    try {
      await Promise.all(loops);
    } finally {
      this.phase = 'stopping';
      unsubscribeHealth();
      unsubscribePods();
      await this.workers.close();
      await this.options.runtime.close();
      this.phase = 'stopped';
    }
  }

  private async main(signal: AbortSignal): Promise<void> {
    this.phase = 'opening';
    await this.openRuntime(signal);
    if (signal.aborted) return;
    this.phase = 'syncing';
    const relisting = this.cache.run(signal);
    await Promise.race([this.source.synced, aborted(signal)]);
    if (!signal.aborted) this.adopt();
    await Promise.race([this.node.registered, aborted(signal)]);
    if (!signal.aborted) {
      this.phase = 'running';
      this.markReady();
      this.options.logger.info('the kubelet runs', { node: this.options.nodeName, pods: this.source.lister.list().length });
    }
    await relisting;
  }

  private async openRuntime(signal: AbortSignal): Promise<void> {
    const { runtime, clock, identity, logger } = this.options;
    for (let failures = 0; !signal.aborted; ) {
      try {
        await runtime.open();
        await this.cache.relist();
        this.tried.abort();
        return;
      } catch (error) {
        failures += 1;
        logger.warn('the container runtime cannot be opened; trying again', { runtime: runtime.capabilities.name, error });
        this.cache.reportUnavailable(error);
        this.tried.abort();
        await sleep(clock, backoffDelay(openPolicy, failures, identity.random()), signal);
      }
    }
  }

  /** Gives each pod of the API its worker, which finds its own containers; what nobody wants any more is torn down. */
  private adopt(): void {
    this.source.subscribe((change) => this.onChange(change));
    this.adopted = true;
    for (const { podUid } of this.cache.pods()) this.onSeen(podUid);
  }

  /**
   * The runtime has something of this pod. It may be nobody's long after the start too: a call that was given up, while the
   * runtime hung, may be carried out when the pod is gone.
   */
  private onSeen(uid: string): void {
    if (this.workers.has(uid)) return this.workers.wake(uid);
    if (!this.adopted || this.source.lister.byUid(uid)) return;
    const seen = this.cache.pods().find(({ podUid }) => podUid === uid);
    if (!seen) return;
    this.options.logger.warn('found a pod that the API does not know; removing it', { uid, namespace: seen.namespace, name: seen.podName });
    this.workers.gone(seen);
  }

  private onChange({ type, object }: ObjectChange<Pod>): void {
    if (type === 'DELETED') this.workers.gone({ podUid: object.uid, namespace: object.namespace, podName: object.name });
    else this.workers.upsert(object);
  }
}
