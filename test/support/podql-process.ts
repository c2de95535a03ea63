import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBootId } from '../../src/kubelet/runtime/process-identity';
import { TestClient } from './graphql-client';
import { ledger } from './ledger';
import { endContainersIn } from './left-behind';

export const projectRoot = join(__dirname, '../..');
export const program = join(projectRoot, 'dist/cli/main.js');

export interface PodqlOptions {
  /** Default: a fresh folder, removed by `remove`. */
  readonly directory?: string;
  readonly port?: number;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Another build than this tree's. */
  readonly program?: string;
}

/** A real `podql server`, in a process of its own, on loopback. */
export class PodqlProcess {
  private constructor(
    readonly child: ChildProcess,
    readonly url: string,
    readonly port: number,
    readonly directory: string,
    private readonly output: string[],
  ) {}

  static async start(options: PodqlOptions = {}): Promise<PodqlProcess> {
    const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'podql-e2e-'));
    const port = options.port ?? (await freePort());
    const output: string[] = [];
    const args = ['server', '--listen', `127.0.0.1:${port}`, '--store', `embedded:${directory}`, ...(options.args ?? ['--runtime', 'process'])];
    ledger.recordRuntimeFolder(runtimeFolderOf(directory));
    const child = spawnPodql(args, { program: options.program, env: options.env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    const podql = new PodqlProcess(child, `http://127.0.0.1:${port}`, port, directory, output);
    try {
      await podql.ready();
      return podql;
    } catch (error) {
      // Nobody else could end it.
      await podql.kill9();
      throw error;
    }
  }

  client(token?: string): TestClient {
    return new TestClient(this.url, token);
  }

  /** All it printed so far. */
  get text(): string {
    return this.output.join('');
  }

  async kill9(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Ctrl-C. The exit code. */
  async interrupt(): Promise<number | null> {
    return this.end('SIGINT');
  }

  /** As a service manager does. The exit code. */
  async terminate(): Promise<number | null> {
    return this.end('SIGTERM');
  }

  /** Interrupts, ends what its pods left running, and removes the folder. */
  async remove(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.end('SIGINT');
    await endContainersIn(runtimeFolderOf(this.directory), await readBootId());
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const ended = new Promise<number | null>((resolve) => this.child.once('exit', (code) => resolve(code)));
    this.child.kill(signal);
    return ended;
  }

  private async ready(): Promise<void> {
    const end = Date.now() + 30_000;
    for (;;) {
      if (this.child.exitCode !== null) throw new Error(`podql ended with ${this.child.exitCode}:\n${this.text}`);
      const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
      if (answer?.status === 200) return;
      if (Date.now() > end) throw new Error(`podql was not ready in time:\n${this.text}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

/** Any podql program of this tree's build, or of another; recorded, so that it does not outlive the tests. */
export function spawnPodql(args: readonly string[], options: { readonly program?: string; readonly env?: Readonly<Record<string, string>>; readonly stdio: StdioOptions }): ChildProcess {
  // How full this machine's disk is, is no matter of tests that do not ask.
  const env = { ...process.env, PODQL_DISK_PRESSURE_PERCENT: '0', ...options.env };
  const child = spawn(process.execPath, [options.program ?? program, ...args], { stdio: options.stdio, env, cwd: tmpdir() });
  ledger.recordProcess(child.pid);
  return child;
}

/** Where a server keeps its pods' processes unless told otherwise. */
function runtimeFolderOf(directory: string): string {
  return join(directory, 'node');
}

/** Deletes every controller and pod and waits until all are gone, so that no process outlives the test. */
export async function deleteEverything(client: TestClient): Promise<void> {
  type Names = { nodes: { namespace: string; name: string }[] };
  const all = `{ replicationControllers(first: 1000) { nodes { namespace name } } pods(first: 1000) { nodes { namespace name } } }`;
  const { replicationControllers } = await client.ask<{ replicationControllers: Names }>(all);
  for (const { namespace, name } of replicationControllers.nodes) {
    await client.send(`mutation ($input: DeleteReplicationControllerInput!) { deleteReplicationController(input: $input) { replicationController { name } } }`, {
      input: { namespace, name },
    });
  }
  const { pods } = await client.ask<{ pods: Names }>(all);
  for (const { namespace, name } of pods.nodes) {
    await client.send(`mutation ($input: DeletePodInput!) { deletePod(input: $input) { pod { name } } }`, { input: { namespace, name, gracePeriodSeconds: 1 } });
  }
  await client.until<{ pods: { totalCount: number } }>('{ pods { totalCount } }', (data) => data.pods.totalCount === 0, { milliseconds: 30_000 });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
