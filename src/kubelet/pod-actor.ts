import { backoffDelay } from '../base/backoff';
import { messageOf } from '../base/error-message';
import { controllerOf } from '../api/meta';
import type { Container, Pod } from '../api/pod';
import type { ControlPlaneClient } from '../client/client';
import { deletePod } from '../client/operations/pods';
import { isApiError } from '../errors/api-error';
import type { Hold } from './assess-pod';
import { specHash } from './container-notes';
import { reasonOf } from './holds';
import type { RuntimeCache } from './runtime-cache';
import type { ContainerConfig, ContainerRecord, ContainerRuntime } from './runtime/runtime';
import { RuntimeError } from './runtime/runtime';
import type { SyncAction } from './sync-pod';

export interface PodActorOptions {
  readonly runtime: ContainerRuntime;
  readonly cache: RuntimeCache;
  readonly client: ControlPlaneClient;
  readonly nodeName: string;
}

interface StartAttempt {
  /** How often it could not be started in a row, this time included. */
  readonly failures: number;
  readonly now: number;
  readonly random: number;
  /** Its image was fetched for this run. */
  readonly pulled: boolean;
}

type StartAction = Extract<SyncAction, { do: 'run' | 'start' }>;

/** Linux' limit, less one. */
const longestHostname = 63;
const failedBackoff = { initial: 1_000, max: 60_000, jitter: 0.2 };
/** An image that is not admitted becomes so only when somebody changes the node. */
const refusedBackoff = { initial: 10_000, max: 300_000, jitter: 0.2 };

/** Does what a plan says, one verb each, and keeps the cache of the runtime true. Rejects with RuntimeError or ApiError. */
export class PodActor {
  constructor(private readonly options: PodActorOptions) {}

  async ensureSandbox(pod: Pod): Promise<void> {
    const { runtime, cache } = this.options;
    const { uid, namespace, name, spec } = pod;
    cache.putSandbox(
      await runtime.ensureSandbox({ podUid: uid, namespace, podName: name, spec, hostname: hostnameOf(pod) }),
    );
  }

  /**
   * Null when the container was started (it may have ended already). 'pull' when its image has to be fetched first, a hold
   * when it cannot be started now. Rejects when that is not the container's fault: the runtime is unavailable, or what it
   * has is not what the cache says.
   */
  async start(pod: Pod, action: StartAction, attempt: StartAttempt): Promise<Hold | 'pull' | null> {
    const { runtime, cache } = this.options;
    const { container } = action;
    const { failures, now, random, pulled } = attempt;
    let made: ContainerRecord | null = null;
    try {
      const admission = await runtime.admit(container, { pulled });
      if (admission.verdict === 'pull') return 'pull';
      if (admission.verdict === 'refused') {
        const { reason, message } = admission;
        const until = now + backoffDelay(refusedBackoff, failures, random);
        return { specHash: specHash(container), reason, message, since: now, until, failures, refused: true };
      }
      made = action.do === 'start' ? action.record : await runtime.create(this.configOf(pod, container, action));
      cache.put(made);
      await runtime.start(made.id);
    } catch (error) {
      const code = error instanceof RuntimeError ? error.code : null;
      if (code === 'UNAVAILABLE') throw error;
      if (code === 'ALREADY_EXISTS' || code === 'NOT_FOUND') {
        // The cache is behind: look at everything again, then decide again.
        await cache.relist();
        throw error;
      }
      // It may have been taken back, as if it never was; what else could not be looked at the next list says.
      if (made) await cache.refresh(made.id).catch(() => undefined);
      const until = now + backoffDelay(failedBackoff, failures, random);
      return { specHash: specHash(container), reason: reasonOf(error, made ? 'StartError' : 'CreateContainerError'), message: messageOf(error), since: now, until, failures, refused: false };
    }
    // It runs: that it cannot be looked at is not a failure to start it.
    await cache.refresh(made.id);
    return null;
  }

  async stop(record: ContainerRecord, graceSeconds: number): Promise<void> {
    await this.options.runtime.stop(record.id, graceSeconds);
    await this.options.cache.refresh(record.id);
  }

  async remove(record: ContainerRecord): Promise<void> {
    await this.options.runtime.remove(record.id);
    this.options.cache.forget(record.id);
  }

  async stopSandbox(podUid: string): Promise<void> {
    await this.options.runtime.stopSandbox(podUid);
    await this.options.cache.relist();
  }

  async removeSandbox(podUid: string): Promise<void> {
    await this.options.runtime.removeSandbox(podUid);
    this.options.cache.forgetSandbox(podUid);
  }

  /** The object goes for good. It is no error if it is gone, or if another pod has its name by now. */
  async deletePod({ namespace, name, uid }: Pod): Promise<void> {
    try {
      await this.options.client.mutate(deletePod, { input: { namespace, name, uid, gracePeriodSeconds: 0 } });
    } catch (error) {
      if (!isApiError(error, 'NOT_FOUND') && !isApiError(error, 'CONFLICT')) throw error;
    }
  }

  private configOf(pod: Pod, container: Container, { identity, notes }: Extract<SyncAction, { do: 'run' }>): ContainerConfig {
    return {
      identity,
      namespace: pod.namespace,
      podName: pod.name,
      container,
      spec: pod.spec,
      extraEnv: {
        PODQL_POD_NAME: pod.name,
        PODQL_POD_NAMESPACE: pod.namespace,
        PODQL_POD_UID: pod.uid,
        PODQL_NODE_NAME: this.options.nodeName,
        PODQL_CONTAINER_NAME: container.name,
        PODQL_ATTEMPT: String(identity.attempt),
      },
      notes,
      annotations: pod.annotations,
    };
  }
}

/** A pod's own name is its host name, as in Kubernetes, if somebody gave it that name; a controller's pods have random ones. */
function hostnameOf(pod: Pod): string | null {
  return pod.spec.hostname ?? (controllerOf(pod) ? null : pod.name.slice(0, longestHostname).replace(/[^a-z0-9]+$/, ''));
}
