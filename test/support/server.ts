import { silentLogger } from '../../src/base/logger';
import type { ControlPlaneClient } from '../../src/client/client';
import type { FakeRuntime } from '../../src/kubelet/runtime/fake/fake-runtime';
import { createFakeRuntime } from '../../src/kubelet/runtime/fake/fake-runtime';
import type { FakeRuntimeState } from '../../src/kubelet/runtime/fake/state';
import { createFakeRuntimeState } from '../../src/kubelet/runtime/fake/state';
import { openMemoryStore } from '../../src/registry/store/memory/store';
import type { Store } from '../../src/registry/store/store';
import { startServer, type RunningServer, type ServerOptions } from '../../src/server';
import { FakeClock, settle } from './fake-clock';
import { TestClient } from './graphql-client';

/** A whole cluster in this process: the real server on a memory store, the fake runtime and a fake clock. */
export class TestServer {
  private constructor(
    readonly clock: FakeClock,
    readonly store: Store,
    readonly containers: FakeRuntimeState,
    readonly runtime: FakeRuntime,
    readonly server: RunningServer,
    private readonly admin: ControlPlaneClient,
  ) {}

  static async start(
    options: ServerOptions & { readonly on?: { readonly clock: FakeClock; readonly store: Store; readonly containers: FakeRuntimeState } } = {},
  ): Promise<TestServer> {
    const { on, ...rest } = options;
    const clock = on?.clock ?? new FakeClock();
    const store = on?.store ?? (await openMemoryStore({ clock }));
    const containers = on?.containers ?? createFakeRuntimeState();
    const runtime = createFakeRuntime({ clock, state: containers });
    const server = await startServer({
      listen: '127.0.0.1:0',
      clock,
      openedStore: store,
      containerRuntime: runtime,
      nodeName: 'node-a',
      kubelet: { address: '127.0.0.1', capacity: { cpu: '64', memory: '64Gi', pods: 500 } },
      logger: silentLogger,
      ...rest,
    });
    return new TestServer(clock, store, containers, runtime, server, server.client());
  }

  get url(): string {
    return this.server.url;
  }

  client(token?: string): TestClient {
    return new TestClient(this.url, token);
  }

  async ask<Data>(document: string, variables: object = {}): Promise<Data> {
    return this.admin.query<Data, object>({ name: nameOf(document), document }, variables);
  }

  async change<Data>(document: string, variables: object = {}): Promise<Data> {
    return this.admin.mutate<Data, object>({ name: nameOf(document), document }, variables);
  }

  /** Lets the cluster's time go by in small steps until the answer satisfies; fails after a minute of it. */
  async until<Data>(document: string, satisfied: (data: Data) => boolean): Promise<Data> {
    let last: Data | undefined;
    for (let passed = 0; passed < 60_000; passed += 50) {
      for (let turn = 0; turn < 10; turn += 1) await settle();
      last = await this.ask<Data>(document);
      if (satisfied(last)) return last;
      await this.clock.advance(50);
    }
    throw new Error(`never satisfied; last answer: ${JSON.stringify(last, null, 2)}`);
  }

  async close(): Promise<void> {
    await this.admin.close();
    await this.server.close('the test is over');
  }
}

function nameOf(document: string): string {
  return /^\s*(?:query|mutation)\s+(\w+)/.exec(document)?.[1] ?? '';
}
