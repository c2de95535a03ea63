import type { Clock } from '../base/clock';
import type { Identity } from '../base/identity';
import type { Logger } from '../base/logger';
import type { Labels } from '../api/meta';
import type { ResourceList } from '../api/pod';
import type { ControlPlaneClient } from '../client/client';
import type { Reserved } from './node-capacity';
import type { MachineReadings } from './node-conditions';
import type { ContainerRuntime } from './runtime/runtime';

export interface KubeletOptions {
  readonly client: ControlPlaneClient;
  /** Opened and closed by the kubelet. */
  readonly runtime: ContainerRuntime;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
  /** The kubelet's own version, shown on the node. */
  readonly version: string;
  /** Added to those that name host, system and architecture. */
  readonly labels?: Labels;
  /** The address other machines reach this one at; found out unless given. */
  readonly address?: string;
  /** What the machine has; found out unless given. */
  readonly capacity?: ResourceList;
  /** What pods may not use of it; nothing unless given. */
  readonly reserved?: Reserved;
  /** Measures the machine; without it nothing is said of pressure. */
  readonly readMachine?: (folders: readonly string[]) => Promise<MachineReadings>;
  /** Below this share of free space the node is under disk pressure; 10 unless given, 0: never. */
  readonly diskPressurePercent?: number;
  /** How many dead containers are kept beside the latest run of each container; 1 unless given. */
  readonly deadContainers?: number;
  /** 40 unless given. */
  readonly leaseDurationSeconds?: number;
  /** How often the runtime's whole list is read; 5 unless given. */
  readonly relistSeconds?: number;
}
