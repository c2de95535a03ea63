import { arch, platform } from 'node:os';
import { MachineWatch } from './machine-watch';
import { allocatableOf, machineCapacity } from './node-capacity';
import { defaultPressureLimits, findingsOf } from './node-conditions';
import type { NodeEvent } from './node-events';
import { NodeStatus } from './node-status';
import type { KubeletOptions } from './options';

export interface OwnNodeFacts {
  readonly address: string;
  /** Why the runtime does not work; null: it does. */
  readonly unavailableBecause: () => string | null;
  /** Called with what happened to the node. */
  readonly tell: (event: NodeEvent) => void;
}

/** This machine as a node: looked at, and told to the API whenever how it is has changed. */
export class OwnNode {
  private readonly machine: MachineWatch;
  private readonly status: NodeStatus;

  constructor(options: KubeletOptions, facts: OwnNodeFacts) {
    this.machine = createMachineWatch(options, () => this.refresh());
    this.status = createNodeStatus(options, facts, this.machine);
  }

  /** Resolves when the API has taken this node for the first time. */
  get registered(): Promise<void> {
    return this.status.registered;
  }

  /** How the node is may have changed. */
  refresh(): void {
    this.status.refresh();
  }

  /** Until the signal aborts. It is not registered before the runtime was tried and the machine looked at: it says how it is. */
  async run(tried: Promise<void>, signal: AbortSignal): Promise<void> {
    const known = Promise.all([tried, this.machine.looked]);
    await Promise.all([this.machine.run(signal), known.then(() => this.status.run(signal))]);
  }
}

function createMachineWatch({ readMachine, runtime, clock, logger, diskPressurePercent }: KubeletOptions, onLook: () => void): MachineWatch {
  return new MachineWatch({
    read: readMachine ? () => readMachine(runtime.folders) : null,
    limits: { ...defaultPressureLimits, ...(diskPressurePercent === undefined ? {} : { diskAvailablePercent: diskPressurePercent }) },
    onLook,
    clock,
    logger,
  });
}

function createNodeStatus(options: KubeletOptions, { address, unavailableBecause, tell }: OwnNodeFacts, machine: MachineWatch): NodeStatus {
  const { client, nodeName, clock, identity, logger, runtime, version, labels, reserved, leaseDurationSeconds = 40 } = options;
  const capacity = options.capacity ?? machineCapacity();
  return new NodeStatus({
    client,
    nodeName,
    labels: { 'kubernetes.io/hostname': nodeName, 'kubernetes.io/os': platform(), 'kubernetes.io/arch': arch(), ...labels },
    capacity,
    allocatable: reserved ? allocatableOf(capacity, reserved) : capacity,
    info: () => {
      const { name, version: runtimeVersion } = runtime.capabilities;
      return { os: platform(), architecture: arch(), runtime: name, runtimeVersion, kubeletVersion: version };
    },
    address,
    leaseDurationSeconds,
    findings: () => findingsOf(unavailableBecause(), machine.readings, machine.pressure),
    tell,
    clock,
    identity,
    logger,
  });
}
