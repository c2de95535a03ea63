import { sleep, systemClock } from '../../../src/base/clock';
import type { Revision } from '../../../src/registry/store/store';
import { describeWithEtcd, describeWithNewerEtcd, EtcdProcess } from '../../support/etcd/etcd-process';
import { endpointOf, storeAt } from '../../support/etcd/etcd-store';
import { LibraryWatcher } from '../../support/etcd/library-watcher';
import { readThrough } from '../../support/etcd/patient-reader';
import { TcpProxy } from '../../support/tcp-proxy';

const events = 4_000;

/** Where the connection is cut, in bytes of replies from etcd's answer that the watch is there. Each cut counts anew. */
interface Scenario {
  readonly name: string;
  readonly valueBytes: number;
  cuts(backlogBytes: number): number[];
}

const scenarios: readonly Scenario[] = [
  { name: 'cut behind the answer "created", before the backlog', valueBytes: 100, cuts: () => [0] },
  { name: 'cut in the middle of the backlog', valueBytes: 100, cuts: (backlog) => [backlog * 0.4] },
  { name: 'cut four times', valueBytes: 100, cuts: (backlog) => [backlog * 0.3, 10, backlog * 0.3, backlog * 0.2] },
  { name: 'a backlog in batches of 8 MB, not cut', valueBytes: 8_000, cuts: () => [] },
  { name: 'a backlog in batches of 8 MB, cut twice', valueBytes: 8_000, cuts: (backlog) => [backlog * 0.1, backlog * 0.3] },
];

/** Revisions of history, one event each, and the way to them through a proxy. */
class History {
  private constructor(
    readonly etcd: EtcdProcess,
    readonly proxy: TcpProxy,
    private readonly bytes: number,
    readonly after: Revision,
    readonly upTo: Revision,
  ) {}

  static async write(binary: string, { valueBytes, count = events }: { valueBytes: number; count?: number }): Promise<History> {
    const etcd = await EtcdProcess.start({ binary });
    const proxy = await TcpProxy.start(etcd.ports.client);
    const store = storeAt([endpointOf(etcd)]);
    const value = new Uint8Array(valueBytes).fill(120);
    const after = await store.currentRevision();
    for (let first = 0; first < count; first += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => store.create(`/events/${first + index}`, value)));
    }
    const upTo = await store.currentRevision();
    await store.close();
    return new History(etcd, proxy, count * (valueBytes + 40), after, upTo);
  }

  get expected(): Revision[] {
    return Array.from({ length: this.upTo - this.after }, (_, index) => this.after + 1 + index);
  }

  /** One cut after the other, each when the one before has happened. */
  async cut(scenario: Scenario, beforeBacklog: number): Promise<void> {
    for (const bytes of scenario.cuts(this.bytes)) {
      const { connections } = this.proxy.counters;
      this.proxy.cutAfterReplies(Math.round(beforeBacklog + bytes));
      await this.proxy.reached((counters) => counters.connections > connections);
    }
  }

  async stop(): Promise<void> {
    this.proxy.stop();
    await this.etcd.stop();
  }
}

/** How many bytes etcd sends until a watch of ours is there, measured on one that has nothing to catch up with. */
async function bytesUntilCreated({ proxy, upTo }: History): Promise<number> {
  const before = proxy.counters.toClient;
  const store = throughProxy(proxy);
  const reading = new AbortController();
  for await (const _ of store.watch('/events/', { after: upTo, signal: reading.signal })) break;
  await store.close();
  return proxy.counters.toClient - before;
}

const throughProxy = (proxy: TcpProxy): ReturnType<typeof storeAt> => storeAt([`127.0.0.1:${proxy.port}`]);

/** How many of the 4,000 the watcher of the library hands out in the same scenario. Nothing is asserted: it is not ours. */
async function seenByLibrary(history: History, scenario: Scenario): Promise<number> {
  const { proxy, etcd, after } = history;
  const mark = `/podql/events/mark-${systemClock.now()}`;
  const library = LibraryWatcher.start({ endpoint: `127.0.0.1:${proxy.port}`, prefix: '/podql/events/', from: after + 1 });
  try {
    await library.said('created');
    // Time is the subject: whether it will ever read on to the last cut, and hear of the mark, nobody can tell.
    await Promise.race([history.cut(scenario, 0), sleep(systemClock, 1_000)]);
    await etcd.gateway.put(mark, '');
    await Promise.race([library.said(mark), sleep(systemClock, 3_000)]);
  } finally {
    library.stop();
    await proxy.pass();
  }
  return library.lines.filter((line) => /^\/podql\/events\/\d+$/.test(line)).length;
}

function describeOn(binary: string): void {
  const figures: string[] = [];
  afterAll(() => void process.stdout.write(`events lost of ${events}, by podql and by the watcher of etcd3:\n${figures.join('\n')}\n`));

  for (const valueBytes of new Set(scenarios.map((scenario) => scenario.valueBytes))) {
    describe(`${events} events of ${valueBytes} bytes`, () => {
      let history: History;
      beforeAll(async () => {
        history = await History.write(binary, { valueBytes });
      });
      afterAll(() => history.stop());

      for (const scenario of scenarios.filter((each) => each.valueBytes === valueBytes)) {
        it(`${scenario.name}: none is lost, each comes once and in order`, async () => {
          const created = await bytesUntilCreated(history);
          const store = throughProxy(history.proxy);
          const cutting = history.cut(scenario, created);
          const { seen } = await readThrough(store, '/events/', history);
          await store.close();
          await cutting;
          await history.proxy.pass();
          expect(seen.map(({ revision }) => revision)).toEqual(history.expected);
          figures.push(`  ${scenario.name} (${valueBytes} bytes each): 0, ${events - (await seenByLibrary(history, scenario))}`);
        });
      }
    });
  }

  it('wherever in the first answers the connection is cut, none is lost', async () => {
    const history = await History.write(binary, { valueBytes: 10, count: 300 });
    const created = await bytesUntilCreated(history);
    for (let bytes = 1; bytes < created + 200; bytes += Math.ceil(created / 30)) {
      const store = throughProxy(history.proxy);
      history.proxy.cutAfterReplies(bytes);
      const { seen } = await readThrough(store, '/events/', history);
      await store.close();
      await history.proxy.pass();
      expect(seen.map(({ revision }) => revision)).toEqual(history.expected);
    }
    await history.stop();
  });
}

describeWithEtcd('a watch through a bad network', describeOn);
describeWithNewerEtcd('a watch of a newer etcd through a bad network', describeOn);
