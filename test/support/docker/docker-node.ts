import { readFileSync } from 'node:fs';
import { conditionOf, type Condition } from '../../../src/api/meta';
import type { ContainerTerminated, ContainerWaiting } from '../../../src/api/pod';
import { eventually } from '../eventually';
import type { TestClient } from '../graphql-client';
import { deleteEverything, freePort, PodqlProcess } from '../podql-process';
import { createPod } from '../shell-pod';
import { DockerEngine, type DockerEngineOptions } from './engine';

export interface SeenContainer {
  readonly containerID: string | null;
  readonly restartCount: number;
  readonly ready: boolean;
  readonly state: { readonly kind: 'ContainerRunning' } | ContainerTerminated | ContainerWaiting;
  readonly lastState: ContainerTerminated | null;
}

export interface SeenPod {
  readonly name: string;
  readonly uid: string;
  readonly status: { readonly phase: string; readonly podIP: string | null; readonly containerStatuses: readonly SeenContainer[] };
}

interface NodeAnswer {
  readonly clusterNode: { readonly uid: string; readonly conditions: readonly Condition[] } | null;
}

const terminated = 'exitCode signal reason message finishedAt';
const podsQuery = `{ pods(first: 200) { nodes { name uid status { phase podIP containerStatuses { containerID restartCount ready
  state { kind: __typename ... on ContainerTerminated { ${terminated} } ... on ContainerWaiting { reason message nextAttemptAt } }
  lastState { kind: __typename ... on ContainerTerminated { ${terminated} } } } } } } }`;
const nodeQuery = '{ clusterNode(name: "node-a") { uid conditions { type status reason message lastTransitionTime } } }';

interface SeenEvent {
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly involvedUid: string;
}

const eventsQuery = '{ events(first: 500) { nodes { reason message count involvedUid } } }';

/** What a call to the engine is, in its debug log: creations are told by the names that podql gives. */
export const calls = {
  create: /Calling POST \S*\/containers\/create\?name=podql_(?!POD_|prepared_)/,
  sandbox: /Calling POST \S*\/containers\/create\?name=podql_POD_/,
  list: /Calling GET \S*\/containers\/json/,
  any: /Calling [A-Z]+ /,
};

/** A real server with its kubelet, in a process of its own, on a real engine that writes down each call. */
export class DockerNode {
  podql!: PodqlProcess;
  client!: TestClient;

  private constructor(
    readonly engine: DockerEngine,
    private readonly args: readonly string[],
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async start(options: DockerEngineOptions = {}, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<DockerNode> {
    const engine = await DockerEngine.start({ ...options, args: ['--debug', ...(options.args ?? [])] });
    const node = new DockerNode(engine, ['--runtime', 'docker', '--docker-host', engine.dockerHost, '--node-name', 'node-a', '--prepared-sandboxes', '3', ...args], env);
    try {
      await node.run({ port: await freePort() });
      return node;
    } catch (error) {
      await engine.dispose();
      throw error;
    }
  }

  /** As after a crash: on the same data, at the same port. */
  async startAgain(): Promise<void> {
    await this.run({ directory: this.podql.directory, port: this.podql.port });
  }

  async create(...pods: readonly Record<string, unknown>[]): Promise<void> {
    for (const input of pods) {
      for (let reply = await this.client.send(createPod, { input }); reply.errors; reply = await this.client.send(createPod, { input })) {
        const codes = reply.errors.map(({ extensions }) => extensions.code);
        // It was made by the call before, whose answer was lost on a machine that has much to do.
        if (codes.includes('ALREADY_EXISTS')) break;
        if (!codes.includes('TIMEOUT')) throw new Error(JSON.stringify(reply.errors));
      }
    }
  }

  /** Asks until all pods together are as they should be. */
  async podsUntil(satisfied: (pods: readonly SeenPod[]) => boolean, milliseconds = 60_000): Promise<readonly SeenPod[]> {
    const data = await this.client.until<{ pods: { nodes: SeenPod[] } }>(podsQuery, ({ pods }) => satisfied(pods.nodes), { milliseconds });
    return data.pods.nodes;
  }

  async podUntil(name: string, satisfied: (container: SeenContainer, pod: SeenPod) => boolean, milliseconds?: number): Promise<SeenPod> {
    const isSo = (pod: SeenPod): boolean => pod.name === name && pod.status.containerStatuses[0] !== undefined && satisfied(pod.status.containerStatuses[0], pod);
    const pods = await this.podsUntil((all) => all.some(isSo), milliseconds);
    return pods.find((pod) => pod.name === name)!;
  }

  async pods(): Promise<readonly SeenPod[]> {
    return this.podsUntil(() => true);
  }

  /** Waits until the node is (not) ready. */
  async readyUntil(status: 'TRUE' | 'FALSE', milliseconds?: number): Promise<Condition> {
    return this.conditionUntil('Ready', status, milliseconds);
  }

  /** Waits until this condition of the node is so. */
  async conditionUntil(type: string, status: 'TRUE' | 'FALSE', milliseconds = 60_000): Promise<Condition> {
    const found = ({ clusterNode }: NodeAnswer): Condition | undefined => conditionOf(clusterNode?.conditions ?? [], type);
    const data = await this.client.until<NodeAnswer>(nodeQuery, (answer) => found(answer)?.status === status, { milliseconds });
    return found(data)!;
  }

  /** Waits until each of these reasons was told of this object, all its messages together so many times. */
  async toldOf(uid: string, reasons: Readonly<Record<string, number>>): Promise<readonly SeenEvent[]> {
    const of = ({ events }: { events: { nodes: SeenEvent[] } }): SeenEvent[] => events.nodes.filter(({ involvedUid }) => involvedUid === uid);
    const times = (all: readonly SeenEvent[], reason: string): number => all.reduce((sum, event) => sum + (event.reason === reason ? event.count : 0), 0);
    return of(await this.client.until(eventsQuery, (data: { events: { nodes: SeenEvent[] } }) => Object.entries(reasons).every(([reason, count]) => times(of(data), reason) === count)));
  }

  /** As toldOf, of the node. */
  async toldOfNode(reasons: Readonly<Record<string, number>>): Promise<void> {
    const { clusterNode } = await this.client.ask<NodeAnswer>(nodeQuery);
    await this.toldOf(clusterNode?.uid ?? '', reasons);
  }

  /** Waits until this run of the kubelet has looked at all that is there. */
  async adopted(): Promise<void> {
    await eventually(() => this.podql.text.includes('the kubelet runs'), 'the kubelet');
  }

  /** How many calls of this kind the engine has had, from whomever. */
  count(call: RegExp): number {
    return readFileSync(this.engine.logFile, 'utf8').split('\n').filter((line) => call.test(line)).length;
  }

  /** Names of the containers of pods in the engine, without sandboxes, of all attempts. */
  async attempts(): Promise<readonly string[]> {
    const label = encodeURIComponent(JSON.stringify({ label: ['podql.role=container'] }));
    const list = await this.engine.api.call<{ Labels: Record<string, string> }[]>('GET', `/containers/json?all=true&filters=${label}`);
    return list.map(({ Labels: labels }) => `${labels['podql.pod.name']}/${labels['podql.container.attempt']}`).sort();
  }

  /** Ids of the pause containers that the engine has of this pod under names of podql's runtime. */
  async sandboxesOf(uid: string): Promise<readonly string[]> {
    const list = await this.engine.api.call<{ Id: string; Names: string[]; Labels: Record<string, string> }[]>('GET', '/containers/json?all=true');
    return list.filter(({ Names: [name = ''], Labels: labels }) => name.startsWith('/podql_POD_') && name.includes(uid) && labels['podql.runtime'] !== undefined).map(({ Id }) => Id);
  }

  /** Deletes every pod and waits until all are gone. */
  async deletePods(): Promise<void> {
    await deleteEverything(this.client);
  }

  async dispose(): Promise<void> {
    await this.podql.remove();
    await this.engine.dispose();
  }

  private async run(options: { directory?: string; port: number }): Promise<void> {
    this.podql = await PodqlProcess.start({ ...options, args: this.args, env: this.env });
    this.client = this.podql.client();
  }
}

/** Runs until it is asked to end: 143 on TERM, 7 on USR1. */
export const forever = 'trap "exit 143" TERM; trap "exit 7" USR1; while :; do sleep 100000 & wait; done';

export function dockerPod(name: string, script = forever, spec: Record<string, unknown> = {}, container: Record<string, unknown> = {}): Record<string, unknown> {
  const main = { name: 'main', image: 'busybox', imagePullPolicy: 'IF_NOT_PRESENT', command: ['/bin/sh', '-c', script], ...container };
  return { name, spec: { containers: [main], terminationGracePeriodSeconds: 1, ...spec } };
}

export const isRunning = ({ state }: SeenContainer): boolean => state.kind === 'ContainerRunning';
export const allRun = (pods: readonly SeenPod[]): boolean => pods.every((pod) => pod.status.containerStatuses.length > 0 && pod.status.containerStatuses.every(isRunning));
/** The engine's id of a pod's (first) container. */
export const idOf = (pod: SeenPod): string => pod.status.containerStatuses[0]?.containerID?.replace('docker://', '') ?? '';
export const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `pod-${String(index).padStart(2, '0')}`);
