import { messageOf } from '../base/error-message';
import { linkAbort } from '../base/abort';
import { backoffDelay } from '../base/backoff';
import type { Clock } from '../base/clock';
import type { Identity } from '../base/identity';
import type { Logger } from '../base/logger';
import type { Container } from '../api/pod';
import type { Hold } from './assess-pod';
import { specHash } from './container-notes';
import { RuntimeError } from './runtime/runtime';
import type { ContainerRuntime } from './runtime/runtime';

export interface ImagePullsOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
  /** Ends the pulls that are under way. */
  readonly signal: AbortSignal;
  /** A pull has ended: with a hold when it failed. */
  readonly onEnd: (containerName: string, hold: Hold | null) => void;
}

/** Kubernetes' own: a registry is asked again after 10 s, doubling to 5 min. */
const pullBackoff = { initial: 10_000, max: 300_000, jitter: 0.1 };

/** The images that the containers of one pod wait for. Goes on beside the passes, since it may take minutes. */
export class ImagePulls {
  private readonly underWay = new Map<string, { readonly image: string; readonly controller: AbortController }>();
  /** By container: the spec its image was pulled for, until that run is started. */
  private readonly done = new Map<string, string>();
  /** By container: how its last pull failed, until one succeeds. Whatever else it waits for in between is not counted. */
  private readonly failed = new Map<string, Hold>();
  /** By container: how often its image went before its run was started. */
  private readonly vanished = new Map<string, number>();

  constructor(private readonly options: ImagePullsOptions) {}

  /** Names of those whose image is being fetched: the one they name now, not one that they named before. */
  among(containers: readonly Container[]): ReadonlySet<string> {
    return new Set(containers.filter(({ name, image }) => this.underWay.get(name)?.image === image).map(({ name }) => name));
  }

  /** The image was fetched for the run that comes next. */
  isPulled(container: Container): boolean {
    return this.done.get(container.name) === specHash(container);
  }

  /** That run has been started: the next one may have to pull again. */
  forget(containerName: string): void {
    this.done.delete(containerName);
    this.failed.delete(containerName);
    this.vanished.delete(containerName);
  }

  /**
   * Not two at a time for one container: it waits for one image only. What is returned is shown meanwhile: how the pull before
   * failed, and nothing else, for what was waited for before is over.
   */
  begin(container: Container): Hold | null {
    const gone = this.isPulled(container) ? this.goneAgain(container) : null;
    if (gone) return gone;
    const hold = this.failed.get(container.name);
    const before = hold?.specHash === specHash(container) ? hold : null;
    const current = this.underWay.get(container.name);
    if (current?.image === container.image) return before;
    current?.controller.abort();
    void this.pull(container, before?.failures ?? 0);
    return before;
  }

  /** Nobody waits for them any more. */
  abort(): void {
    for (const { controller } of this.underWay.values()) controller.abort();
  }

  private async pull(container: Container, failures: number): Promise<void> {
    const { runtime, logger, onEnd, signal } = this.options;
    const { name, image } = container;
    const controller = new AbortController();
    const pull = { image, controller };
    this.underWay.set(name, pull);
    const ends = linkAbort(signal, controller.signal);
    let hold: Hold | null = null;
    try {
      const note = await runtime.pull(image, ends.signal);
      if (note !== null) logger.warn('runs an image that could not be pulled anew', { container: name, image, reason: note });
      this.done.set(name, specHash(container));
      this.failed.delete(name);
    } catch (error) {
      // An engine that is away says nothing of the image: no failure is counted.
      const isAway = error instanceof RuntimeError && error.code === 'UNAVAILABLE';
      if (!ends.signal.aborted) hold = this.holdFor(container, error, isAway ? Math.max(failures, 1) : failures + 1);
      if (hold && !isAway) this.failed.set(name, hold);
    }
    ends.end();
    if (this.underWay.get(name) !== pull) return;
    this.underWay.delete(name);
    onEnd(name, hold);
  }

  /** Somebody who prunes images is tried against once; one who does it all the time is waited for, longer each time. */
  private goneAgain(container: Container): Hold | null {
    const { name, image } = container;
    const times = (this.vanished.get(name) ?? 0) + 1;
    this.done.delete(name);
    this.vanished.set(name, times);
    return times === 1 ? null : this.holdFor(container, new Error(`image ${image} was pulled ${times} times, and was gone each time before the container could be made`), times - 1);
  }

  private holdFor(container: Container, error: unknown, failures: number): Hold {
    const { clock, identity, logger } = this.options;
    const message = messageOf(error);
    const since = clock.now();
    const until = since + backoffDelay(pullBackoff, failures, identity.random());
    logger.warn('an image cannot be pulled', { container: container.name, image: container.image, failures, reason: message });
    return { specHash: specHash(container), reason: failures === 1 ? 'ErrImagePull' : 'ImagePullBackOff', message, since, until, failures, refused: false };
  }
}
