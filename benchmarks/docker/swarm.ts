import type Docker from 'dockerode';
import type { DockerEngine } from '../../test/support/docker/engine';
import { freePort } from '../../test/support/podql-process';
import type { EngineEvent } from './engine-watch';
import type { Orchestrator } from './orchestrator';
import { command, pause } from './orchestrator';

const serviceLabel = 'com.docker.swarm.service.name';
const name = 'bench';
const poll = 20;

/**
 * Docker's own orchestrator, in the same engine. Its tasks are on the engine's default bridge, where podql's pods are too. The image
 * is given by its id: with a tag each task would first ask a registry. It restarts without delay.
 */
export class Swarm implements Orchestrator {
  readonly name = 'swarm';
  readonly perReplica = 1;

  private constructor(
    private readonly docker: Docker,
    private readonly image: string,
  ) {}

  static async start(engine: DockerEngine, docker: Docker): Promise<Swarm> {
    // Made first, and under no name of its own, so that it is removed with the engine: swarm would make it as docker_gwbridge on this machine.
    const [first, second] = engine.subnet.split('.');
    const subnet = `${first}.${(Number(second) + 1) % 256}.0.0/24`;
    await docker.createNetwork({
      Name: 'docker_gwbridge',
      Driver: 'bridge',
      IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] },
      Options: { 'com.docker.network.bridge.enable_icc': 'false', 'com.docker.network.bridge.enable_ip_masquerade': 'false' },
    });
    await docker.swarmInit({ ListenAddr: `127.0.0.1:${await freePort()}`, AdvertiseAddr: '127.0.0.1', DataPathAddr: '127.0.0.1' });
    const { Id } = await docker.getImage('busybox:1.36').inspect();
    return new Swarm(docker, Id);
  }

  async create(replicas: number): Promise<void> {
    await this.docker.createService(this.spec(replicas));
  }

  async scale(replicas: number): Promise<void> {
    const service = this.docker.getService(name);
    const { Version } = (await service.inspect()) as { Version: { Index: number } };
    await service.update({ ...this.spec(replicas), version: Version.Index });
  }

  async remove(): Promise<void> {
    await this.docker.getService(name).remove();
  }

  /** The manager goes; the engine stays. */
  async leave(): Promise<void> {
    await this.docker.swarmLeave({ force: true });
  }

  isWorkload({ labels }: EngineEvent): boolean {
    return labels[serviceLabel] === name;
  }

  isOwn(event: EngineEvent): boolean {
    return this.isWorkload(event);
  }

  async atRest(): Promise<void> {
    // It does nothing ahead.
  }

  async running(replicas: number): Promise<number> {
    for (;;) {
      const tasks = (await this.docker.listTasks({ filters: { service: [name], 'desired-state': ['running'] } })) as { Status: { State: string } }[];
      if (tasks.filter(({ Status: { State } }) => State === 'running').length >= replicas) return performance.now();
      await pause(poll);
    }
  }

  private spec(replicas: number): Docker.CreateServiceOptions {
    return {
      Name: name,
      TaskTemplate: {
        ContainerSpec: { Image: this.image, Command: command },
        RestartPolicy: { Condition: 'any', Delay: 0 },
        Networks: [{ Target: 'bridge' }],
      },
      Mode: { Replicated: { Replicas: replicas } },
    };
  }
}
