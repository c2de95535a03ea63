import type { ChildProcess } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ledger } from '../ledger';
import { spawnPodql } from '../podql-process';
import { DockerEngine } from './engine';

export interface MachineOptions {
  readonly nodeName: string;
  /** http://HOST:PORT of the control plane. */
  readonly server: string;
  /** Of role NODE. */
  readonly token: string;
  /** More for `podql kubelet`. */
  readonly args?: readonly string[];
}

/** A container of a pod in an engine, as the engine has it. */
export interface EngineContainer {
  readonly id: string;
  readonly podUid: string;
  readonly podName: string;
  readonly attempt: number;
  readonly running: boolean;
}

/** A machine of a cluster: a Docker Engine of its own, and `podql kubelet` as a process of its own. */
export class Machine {
  private kubelet: ChildProcess | undefined;

  private constructor(
    readonly engine: DockerEngine,
    private readonly options: MachineOptions,
  ) {}

  /** The engine answers, and the kubelet has been started. */
  static async start(options: MachineOptions): Promise<Machine> {
    const machine = new Machine(await DockerEngine.start(), options);
    mkdirSync(machine.runtimeFolder);
    ledger.recordRuntimeFolder(machine.runtimeFolder);
    writeFileSync(machine.tokenFile, `${options.token}\n`);
    chmodSync(machine.tokenFile, 0o600);
    machine.startKubelet();
    return machine;
  }

  get name(): string {
    return this.options.nodeName;
  }

  startKubelet(): void {
    const { nodeName, server, args = [] } = this.options;
    const log = openSync(this.logFile, 'a');
    const flags = ['--server', server, '--token-file', this.tokenFile, '--node-name', nodeName, '--runtime', 'docker'];
    const docker = ['--docker-host', this.engine.dockerHost, '--runtime-folder', this.runtimeFolder, '--prepared-sandboxes', '3'];
    this.kubelet = spawnPodql(['kubelet', ...flags, ...docker, '--log-format', 'json', ...args], { stdio: ['ignore', log, log] });
    closeSync(log);
  }

  /** Resolves when it is dead, with its exit code. */
  async endKubelet(signal: NodeJS.Signals): Promise<number | null> {
    const { kubelet } = this;
    if (!kubelet || kubelet.exitCode !== null || kubelet.signalCode !== null) return kubelet?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => kubelet.once('exit', resolve));
    kubelet.kill(signal);
    return ended;
  }

  /** Of pods: no sandboxes. All that are there, or those that run. */
  async containers({ all = true } = {}): Promise<readonly EngineContainer[]> {
    const filters = encodeURIComponent(JSON.stringify({ label: ['podql.role=container'] }));
    const list = await this.engine.api.call<{ Id: string; State: string; Labels: Record<string, string> }[]>('GET', `/containers/json?all=${all}&filters=${filters}`);
    return list.map(({ Id, State, Labels }) => ({
      id: Id,
      podUid: Labels['podql.pod.uid'] ?? '',
      podName: Labels['podql.pod.name'] ?? '',
      attempt: Number(Labels['podql.container.attempt']),
      running: State === 'running',
    }));
  }

  /** What its kubelets have logged so far. */
  get log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  /** Kubelet and engine, and all that they made. */
  async dispose(): Promise<void> {
    await this.endKubelet('SIGKILL');
    await this.engine.dispose();
  }

  private get runtimeFolder(): string {
    return join(this.engine.folder, 'node');
  }

  private get tokenFile(): string {
    return join(this.engine.folder, 'node-token');
  }

  private get logFile(): string {
    return join(this.engine.folder, 'kubelet.log');
  }
}
