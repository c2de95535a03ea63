import type { Clock } from '../base/clock';
import type { Identity } from '../base/identity';
import type { Logger } from '../base/logger';
import type { EventReporter } from './event-reporter';
import type { HandlerRunner } from './handlers';
import type { PodActor } from './pod-actor';
import type { ProbeChecker } from './probe-check';
import type { RuntimeCache } from './runtime-cache';
import type { ContainerRuntime } from './runtime/runtime';
import type { StatusReporter } from './status-reporter';

/** What all workers of a kubelet share. */
export interface WorkerContext {
  readonly runtime: ContainerRuntime;
  readonly actor: PodActor;
  readonly cache: RuntimeCache;
  readonly reporter: StatusReporter;
  readonly events: EventReporter;
  readonly checker: ProbeChecker;
  readonly handlers: HandlerRunner;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
  /** The node's address: hostIP of its pods. */
  readonly address: string;
  /** Where the ports of containers without a network of their own are reached from here. */
  readonly probeHost: string;
  /** How many dead containers are kept beside the latest run of each. */
  readonly deadContainers: number;
}
