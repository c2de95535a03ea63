import type { Container, LogLine, PodSpec } from '../../api/pod';
import type { Admission, ContainerConfig, ContainerRecord, ContainerRuntime, RuntimeCapabilities, SandboxConfig, SandboxRecord } from './runtime';

/** The image that stands for the machine itself. */
const hostImage = 'host';

/**
 * A node with a Docker Engine, on which a pod whose images are all "host" still means processes of the machine. Each pod
 * belongs to one of the two, by its spec; a mixed one to Docker, which says why it cannot run it.
 */
export class DockerAndProcesses implements ContainerRuntime {
  constructor(
    private readonly docker: ContainerRuntime,
    private readonly processes: ContainerRuntime,
  ) {}

  get capabilities(): RuntimeCapabilities {
    return this.docker.capabilities;
  }

  get folders(): readonly string[] {
    return [...this.processes.folders, ...this.docker.folders];
  }

  async open(): Promise<void> {
    await this.processes.open();
    await this.docker.open();
  }

  admit(container: Container, options: { readonly pulled: boolean }): Promise<Admission> {
    return (container.image === hostImage ? this.processes : this.docker).admit(container, options);
  }

  pull(image: string, signal: AbortSignal): Promise<string | null> {
    return this.docker.pull(image, signal);
  }

  ensureSandbox(sandbox: SandboxConfig): Promise<SandboxRecord> {
    return this.runtimeOf(sandbox.spec).ensureSandbox(sandbox);
  }

  async stopSandbox(podUid: string): Promise<void> {
    await this.docker.stopSandbox(podUid);
  }

  async removeSandbox(podUid: string): Promise<void> {
    await this.processes.removeSandbox(podUid);
    await this.docker.removeSandbox(podUid);
  }

  async listSandboxes(): Promise<readonly SandboxRecord[]> {
    return (await Promise.all([this.processes.listSandboxes(), this.docker.listSandboxes()])).flat();
  }

  create(config: ContainerConfig): Promise<ContainerRecord> {
    return this.runtimeOf(config.spec).create(config);
  }

  start(id: string): Promise<void> {
    return this.runtimeOfId(id).start(id);
  }

  stop(id: string, graceSeconds: number): Promise<void> {
    return this.runtimeOfId(id).stop(id, graceSeconds);
  }

  remove(id: string): Promise<void> {
    return this.runtimeOfId(id).remove(id);
  }

  async list(): Promise<readonly ContainerRecord[]> {
    return (await Promise.all([this.processes.list(), this.docker.list()])).flat();
  }

  inspect(id: string): Promise<ContainerRecord | null> {
    return this.runtimeOfId(id).inspect(id);
  }

  logs(id: string, options: { readonly tailLines: number }): Promise<readonly LogLine[]> {
    return this.runtimeOfId(id).logs(id, options);
  }

  exec(id: string, command: readonly string[], timeoutSeconds: number): Promise<number> {
    return this.runtimeOfId(id).exec(id, command, timeoutSeconds);
  }

  onChange(listener: (id: string) => void): () => void {
    const leave = [this.processes.onChange(listener), this.docker.onChange(listener)];
    return () => leave.forEach((one) => one());
  }

  async close(): Promise<void> {
    await Promise.all([this.processes.close(), this.docker.close()]);
  }

  private runtimeOf(spec: PodSpec): ContainerRuntime {
    return [...spec.initContainers, ...spec.containers].every(({ image }) => image === hostImage) ? this.processes : this.docker;
  }

  /** An engine's ids are 64 hexadecimal digits; the process runtime's have a pod's uid and a "_" in them. */
  private runtimeOfId(id: string): ContainerRuntime {
    return id.includes('_') ? this.processes : this.docker;
  }
}
