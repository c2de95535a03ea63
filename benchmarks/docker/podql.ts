import type Docker from 'dockerode';
import { PodqlProcess } from '../../test/support/podql-process';
import { createController, scaleController } from '../../test/support/shell-pod';
import type { EngineEvent } from './engine-watch';
import type { Orchestrator } from './orchestrator';
import { command, pause } from './orchestrator';

export interface PodqlOptions {
  readonly docker: Docker;
  /** The same engine. */
  readonly dockerHost: string;
  /** Removed by whoever gave it. */
  readonly directory: string;
  /** Loaded into the server before it. */
  readonly preload?: string;
}

/** A pod as the subscription shows it. */
interface SeenPod {
  readonly uid: string;
  readonly spec: { readonly nodeName: string | null };
  readonly status: { readonly phase: string; readonly containerStatuses: readonly { readonly containerID: string | null; readonly state: { readonly __typename: string } }[] };
}

interface SeenChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'RESYNC';
  readonly pod: SeenPod | null;
}

const changes = `subscription { podChanges { type pod { uid spec { nodeName } status { phase containerStatuses { containerID state { __typename } } } } } }`;
const deleteController = `mutation ($input: DeleteReplicationControllerInput!) { deleteReplicationController(input: $input) { replicationController { name } } }`;
const name = 'bench';
const lookInterval = 400;
const looksAtRest = 4;

/** A real `podql server` with its kubelet, in a process of its own; its API is seen as any client sees it. */
export class Podql implements Orchestrator {
  readonly name = 'podql';
  /** A pod has a pause container. */
  readonly perReplica = 2;
  /** When each container was first shown to run, by the engine's id. */
  readonly shown = new Map<string, number>();
  /** When a pod was first seen, and when bound to a node; by uid. */
  readonly added = new Map<string, number>();
  readonly bound = new Map<string, number>();
  private readonly phases = new Map<string, string>();
  private readonly listeners = new Set<() => void>();

  private constructor(
    private readonly server: PodqlProcess,
    private readonly docker: Docker,
  ) {}

  static async start({ docker, dockerHost, directory, preload }: PodqlOptions): Promise<Podql> {
    const server = await PodqlProcess.start({
      directory,
      args: ['--runtime', 'docker', '--docker-host', dockerHost, '--log-level', 'warn'],
      env: preload === undefined ? {} : { NODE_OPTIONS: `--require ${preload}` },
    });
    const podql = new Podql(server, docker);
    await podql.follow();
    return podql;
  }

  get pid(): number {
    return this.server.child.pid ?? 0;
  }

  async stop(): Promise<void> {
    await this.server.interrupt();
  }

  async create(replicas: number): Promise<void> {
    const container = { name: 'main', image: 'busybox:1.36', command };
    // Zero is no number of seconds to wait.
    const spec = { containers: [container], restartBackoff: { initialSeconds: 0.001, maxSeconds: 0.001 } };
    await this.client.ask(createController, { input: { name, spec: { replicas, template: { labels: { app: name }, spec } } } });
  }

  async scale(replicas: number): Promise<void> {
    await this.client.ask(scaleController, { input: { name, replicas } });
  }

  async remove(): Promise<void> {
    await this.client.ask(deleteController, { input: { name } });
  }

  isWorkload({ labels }: EngineEvent): boolean {
    return labels['podql.role'] === 'container';
  }

  isOwn({ labels }: EngineEvent): boolean {
    return labels['podql.role'] !== undefined;
  }

  /** As many sandboxes wait for pods as are going to. */
  async atRest(): Promise<void> {
    const counts: number[] = [];
    while (counts.length < looksAtRest || new Set(counts.slice(-looksAtRest)).size > 1) {
      await pause(lookInterval);
      const waiting = await this.docker.listContainers({ filters: { label: ['podql.role=prepared'], name: ['podql_prepared_'], status: ['running'] } });
      counts.push(waiting.length);
    }
  }

  async running(replicas: number): Promise<number> {
    return this.when(() => [...this.phases.values()].filter((phase) => phase === 'RUNNING').length >= replicas);
  }

  /** When the API showed that this container runs. */
  async showsRunning(id: string): Promise<number> {
    await this.when(() => this.shown.has(id));
    return this.shown.get(id) ?? Number.NaN;
  }

  private readonly client = this.server.client();

  /** Resolves when the snapshot is complete. */
  private async follow(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const read = async (): Promise<void> => {
        for await (const change of this.client.subscribe<SeenChange>(changes)) {
          if (change.type === 'BOOKMARK') resolve();
          if (change.pod) this.see(change.type, change.pod);
        }
      };
      // It ends with the server.
      read().catch(reject);
    });
  }

  private see(type: SeenChange['type'], { uid, spec, status }: SeenPod): void {
    const now = performance.now();
    if (type === 'DELETED') this.phases.delete(uid);
    else {
      this.phases.set(uid, status.phase);
      if (!this.added.has(uid)) this.added.set(uid, now);
      if (spec.nodeName !== null && !this.bound.has(uid)) this.bound.set(uid, now);
      for (const { containerID, state } of status.containerStatuses) {
        const id = containerID?.replace('docker://', '');
        if (id !== undefined && state.__typename === 'ContainerRunning' && !this.shown.has(id)) this.shown.set(id, now);
      }
    }
    for (const listener of [...this.listeners]) listener();
  }

  private when(condition: () => boolean): Promise<number> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.listeners.delete(look);
        resolve(performance.now());
      };
      this.listeners.add(look);
      look();
    });
  }
}
