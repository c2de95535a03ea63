import type { FSWatcher } from 'node:fs';
import { watch } from 'node:fs';
import type { Clock, Timer } from '../../../base/clock';

/** After a sign of life we look again only this much later: a program that writes without pause costs no more. */
const pauseMs = 100;
const interesting = new Set(['stdout.log', 'stderr.log', 'exit']);

/**
 * Tells soon when a container's directory shows activity: output, or its end. Only a hint that makes the regular poll
 * quicker; where the system gives us no watch, the poll is all there is. Silent containers cost nothing.
 */
export class Activity {
  private watcher: FSWatcher | undefined;
  private timer: Timer | undefined;
  private closed = false;

  constructor(
    private readonly clock: Clock,
    private readonly directory: string,
    private readonly onActivity: () => void,
  ) {
    this.arm();
  }

  close(): void {
    this.closed = true;
    this.disarm();
    this.timer?.cancel();
  }

  private arm(): void {
    if (this.closed) return;
    try {
      this.watcher = watch(this.directory, { persistent: false }, (_event, name) => {
        if (name === null || interesting.has(name)) this.pause();
      });
      this.watcher.on('error', () => this.disarm());
    } catch {
      // No watches left, or the directory is gone: the poll sees what happens.
    }
  }

  private pause(): void {
    if (this.closed || !this.watcher) return;
    this.disarm();
    this.onActivity();
    this.timer = this.clock.after(pauseMs, () => {
      // Armed before the look, so that nothing falls between them.
      this.arm();
      this.onActivity();
    });
  }

  private disarm(): void {
    this.watcher?.close();
    this.watcher = undefined;
  }
}
