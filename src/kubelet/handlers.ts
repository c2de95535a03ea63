import { messageOf } from '../base/error-message';
import type { LifecycleHandler } from '../api/pod';
import { untilAborted } from '../base/abort';
import type { Clock } from '../base/clock';
import { sleep } from '../base/clock';
import type { CheckTarget } from './probe-check';
import { askOverHttp } from './probe-check';
import type { ContainerRuntime } from './runtime/runtime';

export interface HandlerRunnerOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
}

export interface HandlerRunner {
  /** Null: done. Else what is wrong, in one phrase. Never rejects; ends promptly when the signal aborts. */
  run(handler: LifecycleHandler, target: CheckTarget, limits: { readonly seconds: number; readonly signal: AbortSignal }): Promise<string | null>;
}

/** Runs what a container is to do at a turn of its life. */
export function createHandlerRunner({ runtime, clock }: HandlerRunnerOptions): HandlerRunner {
  return {
    async run(handler, { containerId, host }, { seconds, signal }) {
      try {
        if (handler.sleep) await sleep(clock, handler.sleep.seconds * 1000, signal);
        if (handler.httpGet) return await askOverHttp(handler.httpGet, host, signal);
        if (!handler.exec) return null;
        const code = await untilAborted(runtime.exec(containerId, handler.exec.command, seconds), signal);
        return code === 0 ? null : `the command left with exit code ${code}`;
      } catch (error) {
        return messageOf(error);
      }
    },
  };
}
