import { messageOf } from '../../../base/error-message';
import { linkAbort, untilAborted } from '../../../base/abort';
import type { Clock, Timer } from '../../../base/clock';
import type { Container } from '../../../api/pod';
import type { Admission } from '../runtime';
import { RuntimeError } from '../runtime';
import type { Engine } from './engine';
import { isStatus } from './faults';
import type { RegistryCredentials } from './registry-credentials';

export interface ImagesOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly credentials: RegistryCredentials;
}

interface SharedPull {
  readonly result: Promise<string | null>;
  readonly controller: AbortController;
  waiting: number;
}

/** A pull of which the engine says nothing for so long is given up. Milliseconds. */
const silence = 60_000;

/** What the engine says when nobody answered at the registry; anything else is the registry's own word. */
const unreachable = /no such host|connection refused|i\/o timeout|network is unreachable|Temporary failure in name resolution|TLS handshake timeout|no route to host|server misbehaving|Client\.Timeout|context deadline exceeded/;

/** The engine's images, by pull policy. */
export class Images {
  /** Images that were here when last looked. One that is removed later is found out by the engine's refusal to use it. */
  private readonly present = new Set<string>();
  private readonly pulls = new Map<string, SharedPull>();

  constructor(private readonly options: ImagesOptions) {}

  async admit({ image, imagePullPolicy }: Container, pulled: boolean): Promise<Admission> {
    if (image === 'host') {
      return { verdict: 'refused', reason: 'ImageNotRunnable', message: 'image host means a process of the machine itself: this node runs containers in Docker. Name an image, or use a node with --runtime process' };
    }
    // Unless the engine has said since that it is gone.
    if (pulled && this.present.has(image)) return { verdict: 'admitted' };
    if (imagePullPolicy === 'ALWAYS') return { verdict: 'pull' };
    if (await this.isPresent(image)) return { verdict: 'admitted' };
    if (imagePullPolicy === 'IF_NOT_PRESENT') return { verdict: 'pull' };
    return { verdict: 'refused', reason: 'ErrImageNeverPull', message: `image ${image} is not on this node, and imagePullPolicy is NEVER` };
  }

  /** One pull of an image at a time: who asks meanwhile gets its result. It ends when nobody waits any more. See ContainerRuntime.pull. */
  async pull(image: string, signal: AbortSignal): Promise<string | null> {
    const shared = this.pulls.get(image) ?? this.begin(image);
    shared.waiting += 1;
    try {
      return await untilAborted(shared.result, signal);
    } finally {
      shared.waiting -= 1;
      if (shared.waiting === 0) {
        shared.controller.abort();
        if (this.pulls.get(image) === shared) this.pulls.delete(image);
      }
    }
  }

  /** The engine says that it is not here. */
  forget(image: string): void {
    this.present.delete(image);
  }

  private begin(image: string): SharedPull {
    const controller = new AbortController();
    const shared: SharedPull = { result: this.pullNow(image, controller.signal), controller, waiting: 0 };
    this.pulls.set(image, shared);
    return shared;
  }

  private async isPresent(image: string): Promise<boolean> {
    if (this.present.has(image)) return true;
    const found = await this.options.engine.inspectImage(image);
    if (found) this.present.add(image);
    return found !== null;
  }

  private async pullNow(image: string, signal: AbortSignal): Promise<string | null> {
    const { engine, clock, credentials } = this.options;
    const limit = linkAbort(signal);
    let timer: Timer | undefined;
    const onProgress = (): void => {
      timer?.cancel();
      timer = clock.after(silence, limit.end);
    };
    onProgress();
    try {
      await engine.pull(image, { auth: credentials.of(image), signal: limit.signal, onProgress });
      this.present.add(image);
      return null;
    } catch (error) {
      if (error instanceof RuntimeError && error.code === 'UNAVAILABLE' && !limit.signal.aborted) throw error;
      const silent = limit.signal.aborted && !signal.aborted;
      const said = silent ? `the registry sent nothing for ${silence / 1000} s` : messageOf(error);
      const wasReached = !silent && !unreachable.test(said);
      if (!wasReached && !signal.aborted && (await engine.inspectImage(image))) {
        this.present.add(image);
        return `the registry cannot be reached (${said}); the image that is here is used`;
      }
      const why = isStatus(error, 404) ? `${said} (a private image? give its registry's credentials with --registry-credentials)` : said;
      throw new RuntimeError('PULL_FAILED', `image ${image} cannot be pulled: ${why}`, error);
    } finally {
      timer?.cancel();
      limit.end();
    }
  }
}
