import { setMaxListeners } from 'node:events';
import { writeFileSync } from 'node:fs';
import { sleep, systemClock } from '../../src/base/clock';
import { EtcdCluster } from '../support/etcd/etcd-cluster';
import { EtcdGateway } from '../support/etcd/etcd-gateway';
import { eventually } from '../support/eventually';
import { checkHistory, type Violation } from './check';
import { Client } from './client';
import { EtcdHistory } from './etcd-history';
import { drawMemberFault, drawServerFault, type PlannedFault } from './faults';
import { History } from './history';
import { Random } from './random';
import { ServerSeat } from './server-seat';
import { Watcher } from './watcher';

export interface RunOptions {
  readonly seed: number;
  readonly etcd: string;
  /** Where the history is kept; beside it, what the servers logged. */
  readonly historyFile: string;
  /** The run is long enough when this is true. */
  readonly isEnough: (progress: Progress) => boolean;
  readonly print: (line: string) => void;
  readonly clientsPerServer?: number;
  /** Milliseconds between two calls of a client, at most. */
  readonly pause?: number;
}

export interface Progress {
  readonly milliseconds: number;
  readonly faults: number;
  readonly operations: number;
}

export interface RunResult {
  readonly history: History;
  readonly violations: readonly Violation[];
  /** Changes of pods that etcd itself knows. */
  readonly changes: number;
  readonly milliseconds: number;
}

const names = Array.from({ length: 20 }, (_, index) => `pod-${index}`);
/** What a compaction leaves: no server that is well lags so far. */
const keptRevisions = 300;

/** Clients and watchers on two servers and three members of a store, while one after the other of these fails. */
export async function run(options: RunOptions): Promise<RunResult> {
  const cluster = await EtcdCluster.start({ binary: options.etcd });
  const history = new History(options.historyFile);
  const servers: ServerSeat[] = [];
  try {
    const ports = Array.from({ length: cluster.size }, (_, index) => cluster.member(index).ports.client);
    for (const index of [0, 1]) servers.push(await ServerSeat.open(index, ports));
    return await new Run(options, { cluster, servers, history }).run();
  } finally {
    await Promise.all(servers.map((server) => server.close()));
    for (const { index, text } of servers) writeFileSync(`${options.historyFile}.server-${index}.log`, text);
    await cluster.stop();
    history.close();
  }
}

class Run {
  private readonly random: Random;
  private readonly etcdHistory: EtcdHistory;
  private readonly start = systemClock.monotonic();
  private faults = 0;
  private operations = 0;
  private readonly stopping = new AbortController();

  constructor(
    private readonly options: RunOptions,
    private readonly parts: { readonly cluster: EtcdCluster; readonly servers: readonly ServerSeat[]; readonly history: History },
  ) {
    setMaxListeners(0, this.stopping.signal);
    this.random = new Random(options.seed);
    this.etcdHistory = new EtcdHistory(() => parts.cluster.urls);
  }

  async run(): Promise<RunResult> {
    const { history, servers, cluster } = this.parts;
    const watching = new AbortController();
    const clients = this.clients();
    const watchers = this.watchers();
    const watched = watchers.map((watcher) => watcher.run(watching.signal));
    const working = clients.map((client) => client.run(this.stopping.signal));
    try {
      await Promise.all([
        this.trouble(this.random.fork(), (random) => drawMemberFault(random, cluster, () => this.compact())),
        this.trouble(this.random.fork(), (random) => drawServerFault(random, servers)),
        this.remember(),
        this.watchTime(),
      ]);
    } finally {
      this.stopping.abort();
      await Promise.all(working);
    }
    this.options.print('all is well again; waiting until everybody has seen everything');
    await Promise.all(servers.map((server) => server.healthy()));
    try {
      const upTo = await this.lastWrite(clients);
      for (const client of clients) for (const call of [{ verb: 'list' }, ...names.map((name) => ({ verb: 'read', name }) as const)] as const) await client.call(call);
      for (const watcher of watchers) watcher.finishAt(upTo);
      await eventually(() => watchers.every(({ isDone }) => isDone), 'the last write at every watcher').catch((error: unknown) => this.options.print(String(error)));
      watching.abort();
      await Promise.all(watched);
      await this.etcdHistory.read(await this.head());
      for (const server of servers) for (const revision of relistsIn(server.text)) history.records.unshift({ type: 'relist', server: server.index, revision });
      const violations = checkHistory(history.records, this.etcdHistory.changes, upTo);
      return { history, violations, changes: this.etcdHistory.changes.length, milliseconds: this.now() };
    } finally {
      watching.abort();
    }
  }

  private clients(): Client[] {
    const { servers, history } = this.parts;
    const { clientsPerServer = 10, pause = 40 } = this.options;
    const nextId = (): number => (this.operations += 1);
    return servers.flatMap(({ index: server, url }) =>
      Array.from({ length: clientsPerServer }, (_, index) => {
        const name = `client-${server}-${index}`;
        return new Client({ name, server, url, names, random: this.random.fork(), history, now: () => this.now(), nextId, pause });
      }),
    );
  }

  /** Two on each server that stay long, and one that is away for long. */
  private watchers(): Watcher[] {
    const { servers, history } = this.parts;
    const urls = servers.map(({ url }) => url);
    const kinds = [{ sessionLength: 400, pause: 100 }, { sessionLength: 60, pause: 500 }, { sessionLength: 200, pause: 15_000 }];
    return servers.flatMap(({ index: firstServer }) =>
      kinds.map((kind, index) => new Watcher({ name: `watcher-${firstServer}-${index}`, urls, firstServer, random: this.random.fork(), history, now: () => this.now(), ...kind })),
    );
  }

  /** One fault after the other; each is over before the next one begins. */
  private async trouble(random: Random, draw: (random: Random) => PlannedFault): Promise<void> {
    const { history } = this.parts;
    const { signal } = this.stopping;
    try {
      await sleep(systemClock, random.whole(500, 2_000), signal);
      while (!signal.aborted) {
        const fault = draw(random);
        history.add({ type: 'fault', at: this.now(), what: fault.what, healed: false });
        await fault.begin();
        this.faults += 1;
        await sleep(systemClock, fault.milliseconds, signal);
        await fault.heal();
        history.add({ type: 'fault', at: this.now(), what: fault.what, healed: true });
        await sleep(systemClock, fault.rest, signal);
      }
    } finally {
      this.stopping.abort();
    }
  }

  /** So that a compaction takes nothing that we have not read. */
  private async remember(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await sleep(systemClock, 5_000, this.stopping.signal);
      await this.head().then((head) => this.etcdHistory.read(head)).catch(() => undefined);
    }
  }

  private async watchTime(): Promise<void> {
    const { isEnough, print } = this.options;
    let printed = 0;
    while (!this.stopping.signal.aborted) {
      await sleep(systemClock, 100, this.stopping.signal);
      const progress = { milliseconds: this.now(), faults: this.faults, operations: this.operations };
      if (isEnough(progress)) this.stopping.abort();
      if (this.now() < printed + 10_000) continue;
      printed = this.now();
      print(`${Math.round(printed / 1000)} s: ${progress.faults} faults, ${progress.operations} operations, ${this.etcdHistory.changes.length} changes`);
    }
  }

  private async compact(): Promise<void> {
    const head = await this.head();
    const revision = head - keptRevisions;
    if (revision < 2) return;
    await this.etcdHistory.read(head);
    await this.anyMember((gateway) => gateway.compact(revision)).catch((error: unknown) => {
      // The servers compact too, and may have gone further.
      if (!String(error).includes('compacted')) throw error;
    });
    this.parts.history.add({ type: 'compaction', at: this.now(), revision });
  }

  /** After this one nobody writes; a version that every watcher has to see. */
  private async lastWrite(clients: readonly Client[]): Promise<number> {
    const [client] = clients;
    for (let tries = 0; client && tries < 20; tries += 1) {
      const { outcome } = await client.call({ verb: 'create', name: `last-${tries}`, uid: crypto.randomUUID(), labels: { app: 'last', count: '0' } });
      if (outcome.kind === 'written') return outcome.pod.version;
      await sleep(systemClock, 500);
    }
    throw new Error('the servers take no writes at the end');
  }

  private head(): Promise<number> {
    return this.anyMember((gateway) => gateway.revision());
  }

  private async anyMember<T>(ask: (gateway: EtcdGateway) => Promise<T>): Promise<T> {
    const { urls } = this.parts.cluster;
    for (let tries = 0; ; tries += 1) {
      try {
        return await ask(new EtcdGateway(urls[tries % urls.length] ?? ''));
      } catch (error) {
        if (tries >= 10 || String(error).includes('compacted')) throw error;
        await sleep(systemClock, 200);
      }
    }
  }

  private now(): number {
    return systemClock.monotonic() - this.start;
  }
}

/** The revisions at which a server said in its log that it had to list everything anew. */
function relistsIn(text: string): number[] {
  return [...text.matchAll(/^\{.*"listed the store again".*\}$/gm)].map(([line]) => Number((JSON.parse(line) as { revision: number }).revision));
}
