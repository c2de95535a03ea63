import { Agent } from 'node:http';
import { inspect } from 'node:util';
import Docker from 'dockerode';

/** Of each kind of call. What has no connection yet waits for one while its deadline runs. */
const mostConnections = 32;

/**
 * dockerode describes every request for its debug log, also when nobody reads one, down to each socket of the agent: half
 * of a busy kubelet's time. So the agent has nothing to tell.
 */
class TerseAgent extends Agent {
  [inspect.custom](): string {
    return 'Agent';
  }
}

/** Connections to one engine, apart by what a call may take: a look never waits for one behind what takes long. */
export class Connections {
  readonly address: string;
  /** For calls that change nothing: they are answered at once. */
  readonly looks: Docker;
  /** For calls that make, rename or remove something. */
  readonly works: Docker;
  /** For calls that last as long as something else does: starts, stops, pulls, events, execs. As many as are under way, for all of them are bounded before they come here. */
  readonly waits: Docker;
  private readonly agents: Agent[] = [];

  /** unix:///PATH or tcp://HOST:PORT; null: as Docker's own tools find it. */
  constructor(host: string | null) {
    this.address = host ?? process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
    const target = host === null ? {} : parseHost(host);
    this.looks = this.open(target, mostConnections);
    this.works = this.open(target, mostConnections);
    this.waits = this.open(target, Infinity);
  }

  /** Breaks what is under way. */
  close(): void {
    for (const agent of this.agents) agent.destroy();
  }

  private open(target: Docker.DockerOptions, maxSockets: number): Docker {
    // TLS needs an agent of its own kind, which dockerode has.
    const isPlain = !/^(https|ssh):/.test(this.address) && process.env['DOCKER_TLS_VERIFY'] !== '1';
    const agent = new TerseAgent({ keepAlive: true, maxSockets, maxFreeSockets: mostConnections });
    this.agents.push(agent);
    return new Docker({ ...target, ...(isPlain ? { agent } : {}) });
  }
}

function parseHost(host: string): Docker.DockerOptions {
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  const { protocol, hostname, port } = new URL(host);
  return { protocol: protocol === 'https:' ? 'https' : 'http', host: hostname, port };
}
