import { backoffDelay } from '../base/backoff';
import { messageOf } from '../base/error-message';
import type { Container } from '../api/pod';
import type { Hold } from './assess-pod';
import { specHash } from './container-notes';
import { RuntimeError } from './runtime/runtime';

/** When it was, and the chance that goes into the delay: 0 to 1. */
interface Moment {
  readonly now: number;
  readonly random: number;
}

const sandboxBackoff = { initial: 500, max: 30_000, jitter: 0.3 };

/** What the containers of one pod wait for before they are tried again, by name. */
export class Holds {
  private readonly holds = new Map<string, Hold>();

  get all(): ReadonlyMap<string, Hold> {
    return this.holds;
  }

  /** How often in a row it could not be started. */
  failuresOf(containerName: string): number {
    return this.holds.get(containerName)?.failures ?? 0;
  }

  put(containerName: string, hold: Hold | null): void {
    if (hold) this.holds.set(containerName, hold);
    else this.holds.delete(containerName);
  }

  /** Their sandbox cannot be made: all of them wait together, so that it is tried once for all. */
  putSandboxFailure(containers: readonly Container[], error: unknown, { now, random }: Moment): { readonly failures: number; readonly until: number } {
    const failures = Math.max(...containers.map(({ name }) => this.failuresOf(name))) + 1;
    const until = now + backoffDelay(sandboxBackoff, failures, random);
    const hold = { reason: reasonOf(error, 'CreatePodSandboxError'), message: messageOf(error), since: now, until, failures, refused: false };
    for (const container of containers) this.holds.set(container.name, { specHash: specHash(container), ...hold });
    return { failures, until };
  }
}

/** Why a container waits that the runtime could not create or start; `otherwise`: for what no code of its own tells. */
export function reasonOf(error: unknown, otherwise: string): string {
  switch (error instanceof RuntimeError ? error.code : null) {
    case 'PORT_TAKEN':
      return 'PortConflict';
    case 'DISK_FULL':
      return 'DiskFull';
    case 'TIMEOUT':
      return 'RuntimeTimeout';
    case 'CONFIG_REFUSED':
      return 'CreateContainerConfigError';
    default:
      return otherwise;
  }
}
