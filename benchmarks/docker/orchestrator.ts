import type { EngineEvent } from './engine-watch';

/**
 * The program of every container: it ends at once when it is asked to, so that no grace period is measured, and lets its
 * first process be killed by its number.
 */
export const command = ['/bin/sh', '-c', 'trap "exit 0" TERM; sleep 100000 & wait'];

/** Who keeps N containers running on the engine. One service at a time. */
export interface Orchestrator {
  readonly name: string;
  create(replicas: number): Promise<void>;
  scale(replicas: number): Promise<void>;
  remove(): Promise<void>;
  /** Is this event of a container that runs the program? */
  isWorkload(event: EngineEvent): boolean;
  /** Of any container that it made for the service, also of those beside the program. */
  isOwn(event: EngineEvent): boolean;
  /** How many containers it makes for each replica. */
  readonly perReplica: number;
  /** Resolves when it has done what it does ahead. */
  atRest(): Promise<void>;
  /** When its own API said that so many run, as performance.now() has it; waits for it. */
  running(replicas: number): Promise<number>;
}

export const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
