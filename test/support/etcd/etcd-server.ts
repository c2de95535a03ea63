import { startServer, type RunningServer, type ServerOptions } from '../../../src/server';
import { eventually } from '../eventually';
import { TestClient, type GraphQLReply, type GraphQLReplyError } from '../graphql-client';
import { lastingPort } from '../lasting-port';
import { RecordingLogger } from '../recording-logger';

type Reply<Data> = GraphQLReply<Data> & { readonly extensions?: { readonly stale?: { readonly since: string | null } } };

/** What a caller is told beside the words. */
export type Verdict = Pick<GraphQLReplyError['extensions'], 'code' | 'reason' | 'status' | 'retryable' | 'outcome'> & { readonly retryAfterSeconds?: number };

const create = 'mutation ($input: CreatePodInput!) { createPod(input: $input) { pod { resourceVersion } } }';
const podSpec = { containers: [{ name: 'main', image: 'host', command: ['serve'] }] };
const foreignWords = ['etcdserver', 'grpc', '127.0.0.1', 'UNAVAILABLE:', 'mvcc', 'ECONN'];

/** A whole server in this process on an etcd, as its callers see it over HTTP. Nothing that it answers may be in etcd's words. */
export class ServerOnEtcd {
  readonly logger = new RecordingLogger();
  readonly client: TestClient;
  private readonly starting: Promise<RunningServer>;

  private constructor(
    readonly url: string,
    options: ServerOptions,
  ) {
    this.client = new TestClient(url);
    this.starting = startServer({ runtime: 'none', logger: this.logger, leadershipTiming: { leaseSeconds: 5, renewEvery: 300, margin: 2_000, lookEvery: 100 }, ...options });
    this.starting.catch(() => undefined);
  }

  /** Begins to start it; it may take as long as its etcd. */
  static async begin(endpoints: readonly string[], options: ServerOptions = {}): Promise<ServerOnEtcd> {
    const port = await lastingPort();
    return new ServerOnEtcd(`http://127.0.0.1:${port}`, { listen: `127.0.0.1:${port}`, store: `etcd://${endpoints.join(',')}`, ...options });
  }

  static async start(endpoints: readonly string[], options: ServerOptions = {}): Promise<ServerOnEtcd> {
    const server = await ServerOnEtcd.begin(endpoints, options);
    await server.starting;
    return server;
  }

  get running(): Promise<RunningServer> {
    return this.starting;
  }

  async send<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Reply<Data>> {
    const reply = await this.client.send<Data>(query, variables);
    const text = JSON.stringify(reply);
    for (const word of foreignWords) if (text.includes(word)) throw new Error(`an answer has etcd's own words: ${text}`);
    return reply;
  }

  /** What became of it: "done", or what the caller is told. */
  async change(query: string, variables: Record<string, unknown>): Promise<'done' | Verdict> {
    const { errors } = await this.send(query, variables);
    const [error] = errors ?? [];
    if (!error) return 'done';
    const { requestId: _requestId, details: _details, ...verdict } = error.extensions;
    return verdict;
  }

  createPod(name: string, more: object = {}): Promise<'done' | Verdict> {
    return this.change(create, { input: { name, spec: podSpec, ...more } });
  }

  deletePod(name: string): Promise<'done' | Verdict> {
    return this.change('mutation ($input: DeletePodInput!) { deletePod(input: $input) { pod { name } } }', { input: { name } });
  }

  /** Names of all pods, and whether the answer may be old. */
  async pods(): Promise<{ names: string[]; stale: boolean }> {
    const { data, errors, extensions } = await this.send<{ pods: { nodes: { name: string }[] } }>('{ pods { nodes { name } } }');
    if (errors) throw new Error(`pods cannot be read: ${JSON.stringify(errors)}`);
    return { names: data.pods.nodes.map(({ name }) => name).sort(), stale: extensions?.stale !== undefined };
  }

  async readiness(): Promise<{ status: number; words: string }> {
    const response = await fetch(`${this.url}/readyz`);
    return { status: response.status, words: await response.text() };
  }

  async isReady(): Promise<boolean> {
    return this.readiness().then(({ status }) => status === 200, () => false);
  }

  /** Until the server has noticed. */
  async away(): Promise<void> {
    await eventually(async () => (await this.pods()).stale, 'an answer that is marked as stale');
  }

  /** Until it is as if nothing had been: ready, fresh reads, and a write that is done. */
  async recovered(name = `after-${this.logger.lines.length}`): Promise<void> {
    await eventually(() => this.isReady(), 'readiness');
    await eventually(async () => !(await this.pods()).stale, 'an answer that is not stale');
    await eventually(async () => (await this.createPod(name)) === 'done', 'a write that is done');
    await eventually(async () => (await this.pods()).names.includes(name), 'the pod');
  }

  async close(): Promise<void> {
    await this.client.close();
    const server = await this.starting.catch(() => null);
    await server?.close('the test is over');
  }
}
