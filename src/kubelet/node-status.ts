import { backoffDelay } from '../base/backoff';
import type { Clock } from '../base/clock';
import { timestamp } from '../base/clock';
import type { Identity } from '../base/identity';
import type { Logger } from '../base/logger';
import type { ClusterNodeInfo } from '../api/cluster-node';
import type { Condition, Labels } from '../api/meta';
import { conditionOf } from '../api/meta';
import type { ResourceList } from '../api/pod';
import type { CallLimits, ControlPlaneClient } from '../client/client';
import { registerClusterNode, renewClusterNodeLease } from '../client/operations/nodes';
import { isApiError } from '../errors/api-error';
import type { Finding } from './node-conditions';
import { datedConditions, sayTheSame } from './node-conditions';
import type { NodeEvent } from './node-events';
import { nodeEvents } from './node-events';
import { WakeUp } from './wake-up';

export interface NodeStatusOptions {
  readonly client: ControlPlaneClient;
  readonly nodeName: string;
  readonly labels: Labels;
  readonly capacity: ResourceList;
  readonly allocatable: ResourceList;
  /** Asked each time: of an engine that is away nothing is known yet. */
  readonly info: () => ClusterNodeInfo;
  readonly address: string;
  readonly leaseDurationSeconds: number;
  /** How the node is now. */
  readonly findings: () => readonly Finding[];
  /** Called with what happened to the node, once the API knows of it. */
  readonly tell: (event: NodeEvent) => void;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
}

const retryPolicy = { initial: 200, max: 7_000, jitter: 0.5 };
/** Of a call about the lease, however short that is. */
const shortestDeadline = 1_000;
/** However long the lease: so soon a node that was deleted under its kubelet registers again, well before its pods are collected. */
const longestRenewInterval = 10_000;

/**
 * The node's own object: registers it, renews its lease three times per lease duration and at least every ten seconds, registers
 * again when the server does not know it any more or when a condition of it changed. A renewal that fails is tried again soon: never
 * given up.
 */
export class NodeStatus {
  /** Resolves when the API has taken this node for the first time. */
  readonly registered: Promise<void>;
  private readonly markRegistered: () => void;
  private due: 'register' | 'renew' = 'register';
  private lease: number;
  private readonly wakeUp: WakeUp;
  /** What the API was told last; null: nothing yet. */
  private conditions: readonly Condition[] | null = null;

  constructor(private readonly options: NodeStatusOptions) {
    this.lease = options.leaseDurationSeconds;
    this.wakeUp = new WakeUp(options.clock);
    let resolveRegistered = (): void => undefined;
    this.registered = new Promise((resolve) => (resolveRegistered = resolve));
    this.markRegistered = resolveRegistered;
  }

  /** How the node is may have changed: tells the API if it has. */
  refresh(): void {
    // The first registration looks for itself.
    if (this.conditions === null || sayTheSame(this.conditions, this.options.findings())) return;
    this.due = 'register';
    this.wakeUp.wake();
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { identity, logger } = this.options;
    for (let failures = 0; !signal.aborted; ) {
      try {
        if (this.due === 'register') await this.register();
        else await this.renew();
        failures = 0;
      } catch (error) {
        failures += 1;
        logger[failures === 1 ? 'warn' : 'debug'](`cannot ${this.due} this node; trying again`, { failures, error });
      }
      const interval = Math.min((this.lease * 1000) / 3, longestRenewInterval);
      const wait = failures > 0 ? backoffDelay(retryPolicy, failures, identity.random()) : this.due === 'register' ? 0 : interval;
      await this.wakeUp.rest(Math.min(wait, interval), signal);
    }
  }

  /** A call that hangs, on a connection that died, must leave time for another before the lease runs out. */
  private get limits(): CallLimits {
    return { timeoutMilliseconds: Math.max((this.lease * 1000) / 4, shortestDeadline) };
  }

  private async register(): Promise<void> {
    const { client, nodeName, labels, capacity, allocatable, info, address, leaseDurationSeconds } = this.options;
    this.due = 'renew';
    const conditions = datedConditions(this.options.findings(), this.conditions ?? [], timestamp(this.options.clock));
    try {
      const input = { name: nodeName, labels, capacity, allocatable, info: info(), address, leaseDurationSeconds, conditions };
      const { registerClusterNode: answer } = await client.mutate(registerClusterNode, { input }, this.limits);
      for (const event of nodeEvents(this.conditions ?? [], conditions)) this.options.tell(event);
      this.conditions = conditions;
      this.lease = answer.leaseDurationSeconds;
      this.markRegistered();
      // It may have changed while the call was under way.
      this.refresh();
    } catch (error) {
      this.due = 'register';
      throw error;
    }
  }

  private async renew(): Promise<void> {
    try {
      const { client, nodeName } = this.options;
      const { renewClusterNodeLease: answer } = await client.mutate(renewClusterNodeLease, { input: { name: nodeName } }, this.limits);
      this.lease = answer.leaseDurationSeconds;
      // As after a restore, or a registration that was given up and happened after the next one.
      if (this.conditions?.some(({ type, status }) => conditionOf(answer.clusterNode.conditions, type)?.status !== status)) this.due = 'register';
    } catch (error) {
      if (!isApiError(error, 'NOT_FOUND')) throw error;
      this.due = 'register';
    }
  }
}
