import { randomUUID } from 'node:crypto';
import { sleep, systemClock } from '../../src/base/clock';
import { perform } from './api';
import type { Call, History, Operation, Outcome, PodState } from './history';
import type { Random } from './random';

export interface ClientOptions {
  readonly name: string;
  readonly server: number;
  readonly url: string;
  readonly names: readonly string[];
  readonly random: Random;
  readonly history: History;
  readonly now: () => number;
  /** Counts operations over all clients. */
  readonly nextId: () => number;
  /** Milliseconds between two calls, at most. */
  readonly pause: number;
}

/** A program that works on pods as users do: reads, decides, writes with the version it read, and now and then without. */
export class Client {
  /** Null: absent, as far as this client knows. */
  private readonly known = new Map<string, PodState | null>();
  private repeated: Call | undefined;

  constructor(private readonly options: ClientOptions) {}

  async run(signal: AbortSignal): Promise<void> {
    const { random, pause } = this.options;
    while (!signal.aborted) {
      const { outcome } = await this.call(this.decide());
      const isAway = outcome.kind === 'refused' && outcome.code === 'ECONNREFUSED';
      await sleep(systemClock, isAway ? 200 : random.whole(0, pause), signal);
    }
  }

  async call(call: Call): Promise<Operation> {
    const { name: client, server, url, history, now, nextId } = this.options;
    const id = nextId();
    const begin = now();
    const outcome = await perform(url, call);
    const operation: Operation = { type: 'operation', id, client, server, call, begin, end: now(), outcome };
    history.add(operation);
    this.learn(call, outcome);
    return operation;
  }

  private decide(): Call {
    const { random, names } = this.options;
    const repeated = this.repeated;
    this.repeated = undefined;
    if (repeated) return repeated;
    if (random.chance(0.05)) return { verb: 'list' };
    // A few that everybody wants, so that there is something to fight over.
    const name = random.pick(random.chance(0.3) ? names.slice(0, 3) : names);
    const state = this.known.get(name);
    if (state === undefined || random.chance(0.1)) return { verb: 'read', name };
    if (state === null) return { verb: 'create', name, uid: randomUUID(), labels: { app: name, count: '0' } };
    return random.weighted([
      [this.increment(state), 60],
      [{ verb: 'update', name, annotations: { note: randomUUID() } } satisfies Call, 40],
      [{ verb: 'delete', name, uid: state.uid } satisfies Call, 6],
      [{ verb: 'delete', name, uid: state.uid, precondition: state.version } satisfies Call, 5],
      [{ verb: 'delete', name } satisfies Call, 4],
      [{ verb: 'create', name, uid: randomUUID(), labels: { app: name, count: '0' } } satisfies Call, 5],
    ]);
  }

  /** Nothing in it tells whose it is: two clients that count the same pod up write the same. Some leave a note. */
  private increment({ name, labels, version, uid }: PodState): Call {
    const { random } = this.options;
    const basedOn = labels.count ?? '';
    const note = random.chance(0.3) ? { annotations: { note: randomUUID() } } : {};
    return { verb: 'update', name, uid, labels: { ...labels, count: String(Number(basedOn) + 1) }, ...note, precondition: version, basedOn };
  }

  private learn(call: Call, outcome: Outcome): void {
    if (outcome.kind === 'listed') {
      for (const name of this.options.names) this.known.set(name, null);
      for (const pod of outcome.pods) this.known.set(pod.name, pod);
    } else if (call.verb !== 'list') {
      this.known.delete(call.name);
      if (outcome.kind === 'absent' || (outcome.kind === 'written' && call.verb === 'delete')) this.known.set(call.name, null);
      else if (outcome.kind === 'written' || outcome.kind === 'found') this.known.set(call.name, outcome.pod);
      // With its uid a create may be sent again.
      if (outcome.kind === 'unknown' && call.verb === 'create' && this.options.random.chance(0.7)) this.repeated = call;
    }
  }
}
