import { silentLogger } from '../../../src/base/logger';
import type { RunningServer, ServerOptions } from '../../../src/server';
import { startServer } from '../../../src/server';
import { TestClient } from '../graphql-client';
import { temporaryFolder } from '../temporary-folder';
import { DockerEngine } from './engine';

export interface StateView {
  readonly kind: 'ContainerWaiting' | 'ContainerRunning' | 'ContainerTerminated';
  readonly reason?: string;
  readonly message?: string | null;
  readonly nextAttemptAt?: string | null;
  readonly exitCode?: number;
  readonly signal?: number | null;
  readonly startedAt?: string | null;
  readonly finishedAt?: string;
}
export interface ContainerView {
  readonly name: string;
  readonly ready: boolean;
  readonly started: boolean | null;
  readonly restartCount: number;
  readonly imageID: string | null;
  readonly containerID: string | null;
  readonly state: StateView;
  readonly lastState: StateView | null;
}
export interface PodView {
  readonly uid: string;
  readonly ready: boolean;
  readonly status: {
    readonly phase: string;
    readonly reason: string | null;
    readonly podIP: string | null;
    readonly hostIP: string | null;
    readonly initContainerStatuses: readonly ContainerView[];
    readonly containerStatuses: readonly ContainerView[];
  };
}

const podView = `query Pod($name: String!) { pod(name: $name) { uid ready status { phase reason podIP hostIP initContainerStatuses { ...c } containerStatuses { ...c } } } }
  fragment c on ContainerStatus { name ready started restartCount imageID containerID state { ...s } lastState { ...s } }
  fragment s on ContainerState { kind: __typename ... on ContainerWaiting { reason message nextAttemptAt } ... on ContainerRunning { startedAt }
    ... on ContainerTerminated { reason message exitCode signal startedAt finishedAt } }`;

/** A busy machine needs seconds to start a container. Milliseconds. */
const patience = 100_000;

/** A server with its kubelet on a Docker Engine of its own, and a user who has manifests. Tests must `dispose` it. */
export class DockerCluster {
  private constructor(
    readonly engine: DockerEngine,
    readonly server: RunningServer,
    /** The kubelet's, on this machine. */
    readonly folder: string,
    readonly client: TestClient,
    private readonly removeFolder: () => Promise<void>,
  ) {}

  static async start(options: ServerOptions = {}): Promise<DockerCluster> {
    const folder = await temporaryFolder('docker-cluster');
    const engine = await DockerEngine.start();
    try {
      const server = await startServer({
        listen: '127.0.0.1:0',
        store: 'memory:',
        runtime: 'docker',
        dockerHost: engine.dockerHost,
        preparedSandboxes: 3,
        runtimeFolder: folder.path,
        nodeName: 'node-a',
        kubelet: { address: '127.0.0.1', capacity: { cpu: '64', memory: '64Gi', pods: 500 } },
        logger: silentLogger,
        ...options,
      });
      return new DockerCluster(engine, server, folder.path, new TestClient(server.url), folder.remove);
    } catch (error) {
      await engine.dispose();
      throw error;
    }
  }

  /** As `podql apply -f`: rejects with all that is wrong. */
  async apply(manifest: string): Promise<void> {
    await this.client.ask('mutation Apply($input: ApplyInput!) { apply(input: $input) { results { action } } }', { input: { manifest } });
  }

  async pod(name: string): Promise<PodView> {
    return (await this.client.ask<{ pod: PodView }>(podView, { name })).pod;
  }

  /** The first state of this pod that satisfies. */
  async until(name: string, satisfied: (pod: PodView) => boolean): Promise<PodView> {
    const milliseconds = patience;
    return (await this.client.until<{ pod: PodView | null }>(podView, ({ pod }) => pod !== null && satisfied(pod), { variables: { name }, milliseconds })).pod!;
  }

  untilPhase(name: string, phase: string): Promise<PodView> {
    return this.until(name, (pod) => pod.status.phase === phase);
  }

  /** A container of this pod, its first unless one is named, once the pod has ended for good. */
  async ended(name: string, container?: string): Promise<ContainerView> {
    const { status } = await this.until(name, ({ status: { phase } }) => phase === 'SUCCEEDED' || phase === 'FAILED');
    return status.containerStatuses.find((view) => view.name === (container ?? view.name))!;
  }

  /** What a container has written, of all its runs unless one is named. */
  async lines(name: string, which: { readonly container?: string; readonly attempt?: number } = {}): Promise<string[]> {
    const query = 'query Logs($name: String!, $container: String, $attempt: Int) { pod(name: $name) { logs(container: $container, attempt: $attempt) { text } } }';
    const { pod } = await this.client.ask<{ pod: { logs: { text: string }[] } }>(query, { name, ...which });
    return pod.logs.map(({ text }) => text);
  }

  /** Asks for the deletion, and waits until the object is gone. */
  async delete(name: string, gracePeriodSeconds?: number): Promise<void> {
    await this.client.ask('mutation Delete($input: DeletePodInput!) { deletePod(input: $input) { pod { name } } }', { input: { name, gracePeriodSeconds } });
    await this.client.until<{ pod: PodView | null }>(podView, ({ pod }) => pod === null, { variables: { name }, milliseconds: patience });
  }

  async dispose(): Promise<void> {
    await this.client.close();
    await this.server.close('the test is over');
    await this.engine.dispose();
    await this.removeFolder();
  }
}
