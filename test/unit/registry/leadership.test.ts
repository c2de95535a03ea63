import fc from 'fast-check';
import { FakeClock, settle } from '../../support/fake-clock';
import { FaultyStore } from '../../support/faulty-store';
import { RecordingLogger } from '../../support/recording-logger';
import { systemIdentity } from '../../../src/base/identity';
import { silentLogger } from '../../../src/base/logger';
import { StoreError } from '../../../src/errors/store-error';
import { BoundedStore } from '../../../src/registry/bounded-store';
import { defaultTiming, Leadership } from '../../../src/registry/leadership';
import { openMemoryStore } from '../../../src/registry/store/memory/store';
import type { Store } from '../../../src/registry/store/store';

const key = '/leader';
const leaseMilliseconds = defaultTiming.leaseSeconds * 1000;

/** One server: its own way to the store, and what it was told. */
class Candidate {
  readonly store: FaultyStore;
  readonly leadership: Leadership;
  readonly logger = new RecordingLogger();
  /** When it was told to lead, and to stop, in the clock's milliseconds. */
  readonly terms: { readonly from: number; to: number | null }[] = [];
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    readonly name: string,
    inner: Store,
    private readonly clock: FakeClock,
  ) {
    this.store = new FaultyStore(inner);
    const calls = new BoundedStore(this.store, clock);
    this.leadership = new Leadership({ calls, key, name, clock, identity: systemIdentity, logger: this.logger });
  }

  start(): void {
    this.running = this.leadership.run(this.stopping.signal, async (signal) => {
      const term: { from: number; to: number | null } = { from: this.clock.monotonic(), to: null };
      this.terms.push(term);
      await new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));
      term.to = this.clock.monotonic();
    });
  }

  get isLeading(): boolean {
    const last = this.terms.at(-1);
    return last !== undefined && last.to === null;
  }

  /** Steps down and says so, as a server does that is asked to end. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }
}

describe('who leads', () => {
  const clock = new FakeClock();
  let inner: Store;
  let first: Candidate;
  let second: Candidate;
  beforeEach(async () => {
    inner = await openMemoryStore({ clock });
    first = new Candidate('first', inner, clock);
    second = new Candidate('second', inner, clock);
  });
  afterEach(async () => {
    for (const { store } of [first, second]) store.heal();
    const stopped = Promise.all([first.stop(), second.stop()]);
    // What hangs has a deadline.
    await clock.advance(leaseMilliseconds);
    await stopped;
    await inner.close();
  });

  /** The first leads, the second waits. */
  const inOffice = async (): Promise<void> => {
    first.start();
    await settle();
    second.start();
    await clock.advance(defaultTiming.lookEvery);
  };

  it('the first to come, at once', async () => {
    first.start();
    await settle();
    expect(first.isLeading).toBe(true);
    expect(first.leadership).toMatchObject({ isLeading: true, leaderName: 'first' });
  });

  it('nobody else while it renews its lease', async () => {
    await inOffice();
    await clock.advance(10 * leaseMilliseconds);
    expect(first.terms).toMatchObject([{ to: null }]);
    expect(second.terms).toEqual([]);
    expect(second.leadership).toMatchObject({ isLeading: false, leaderName: 'first' });
  });

  it('takes no revision of the store while it goes on', async () => {
    await inOffice();
    const before = await inner.currentRevision();
    await clock.advance(4 * leaseMilliseconds);
    expect(await inner.currentRevision()).toBe(before);
  });

  it('the next one as soon as it looks, when the leader ends', async () => {
    await inOffice();
    await first.stop();
    expect(first.leadership.isLeading).toBe(false);
    await clock.advance(defaultTiming.lookEvery);
    expect(second.isLeading).toBe(true);
  });

  it('the next one once the lease has run out, when the leader cannot say anything any more', async () => {
    await inOffice();
    const died = clock.monotonic();
    first.store.hold('lease');
    first.store.hold('get');
    await clock.advance(leaseMilliseconds + defaultTiming.lookEvery + defaultTiming.renewEvery);
    expect(second.isLeading).toBe(true);
    expect(second.terms[0]!.from - died).toBeLessThanOrEqual(leaseMilliseconds + defaultTiming.lookEvery);
  });

  it('one that was away takes part again', async () => {
    await inOffice();
    const release = [first.store.hold('lease'), first.store.hold('get')];
    await clock.advance(2 * leaseMilliseconds);
    for (const open of release) open();
    await second.stop();
    await clock.advance(2 * leaseMilliseconds);
    expect(first.isLeading).toBe(true);
    expect(first.terms).toHaveLength(2);
  });

  it.each([
    ['fail', (store: FaultyStore) => store.refuse({ verbs: ['lease'], code: 'UNAVAILABLE', when: 'before' })],
    ['are answered never', (store: FaultyStore) => void store.hold('lease')],
    ['are lost after they were done', (store: FaultyStore) => store.refuse({ verbs: ['lease'], code: 'TIMEOUT', when: 'after' })],
  ])('stops by its own clock, before its lease can have ended, when its renewals %s', async (_, fault) => {
    await inOffice();
    const [term] = first.terms;
    const lastRenewal = clock.monotonic();
    fault(first.store);
    await clock.advance(leaseMilliseconds - defaultTiming.margin);
    expect(term!.to).not.toBeNull();
    expect(term!.to! - lastRenewal).toBeLessThanOrEqual(leaseMilliseconds - defaultTiming.margin);
    expect(first.leadership.isLeading).toBe(false);
  });

  it('goes on when a renewal fails and the next one does not', async () => {
    await inOffice();
    first.store.refuse({ verbs: ['lease'], code: 'UNAVAILABLE', when: 'before', times: 3 });
    await clock.advance(3 * leaseMilliseconds);
    expect(first.terms).toHaveLength(1);
    expect(first.isLeading).toBe(true);
  });

  it('stops at once when it hears that its lease is gone', async () => {
    await inOffice();
    const lease = (await inner.get(key)).item!.lease!;
    await inner.leases.revoke(lease);
    await clock.advance(defaultTiming.renewEvery);
    expect(first.terms[0]!.to).not.toBeNull();
    expect(second.isLeading).toBe(true);
  });

  it('leads when the answer to its election was lost', async () => {
    first.store.refuse({ verbs: ['create'], code: 'TIMEOUT', when: 'after', times: 1 });
    first.start();
    await settle();
    expect(first.isLeading).toBe(true);
    await clock.advance(3 * leaseMilliseconds);
    expect(first.terms).toHaveLength(1);
  });

  it('does not lead when the answer was lost and another was elected', async () => {
    first.store.refuse({ verbs: ['create'], code: 'TIMEOUT', when: 'before', times: 1 });
    const open = first.store.hold('create');
    first.start();
    await settle();
    second.start();
    await settle();
    open();
    await clock.advance(defaultTiming.lookEvery);
    expect([first.isLeading, second.isLeading]).toEqual([false, true]);
  });

  it('does not lead by an election that took so long that its time is nearly over, but asks again', async () => {
    const open = first.store.hold('create');
    first.store.refuse({ verbs: ['create'], code: 'TIMEOUT', when: 'after', times: 1 });
    first.start();
    await settle();
    const openGet = first.store.hold('get');
    await clock.advance(4_900);
    open();
    await clock.advance(4_500);
    openGet();
    await settle();
    expect(first.store.calls.create).toBe(2);
    const lease = (await inner.get(key)).item!.lease!;
    expect((await inner.leases.timeToLive(lease)).remainingSeconds).toBe(defaultTiming.leaseSeconds);
    expect(first.isLeading).toBe(true);
  });

  it('waits, and says so once, while there is no store', async () => {
    first.store.refuse({ code: 'UNAVAILABLE', when: 'before' });
    first.start();
    await clock.advance(60_000);
    expect(first.logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    first.store.heal();
    await clock.advance(5_000);
    expect(first.isLeading).toBe(true);
  });
});

describe('what leads', () => {
  it.each([
    ['a fault', new Error('a fault')],
    ['an error of the store', new StoreError('UNAVAILABLE', 'the store is away')],
  ])('ends it all with what it rejects with: %s', async (_, fault) => {
    const clock = new FakeClock();
    const inner = await openMemoryStore({ clock });
    const leadership = new Leadership({ calls: new BoundedStore(inner, clock), key, name: 'first', clock, identity: systemIdentity, logger: silentLogger });
    await expect(leadership.run(new AbortController().signal, () => Promise.reject(fault))).rejects.toBe(fault);
    expect(leadership.isLeading).toBe(false);
    // The office is free for the next one.
    expect((await inner.get(key)).item).toBeNull();
    await inner.close();
  });
});

describe('never two', () => {
  type Step =
    | { readonly do: 'wait'; readonly milliseconds: number }
    | { readonly do: 'hold'; readonly who: number; readonly verb: 'get' | 'create' | 'lease' }
    | { readonly do: 'refuse'; readonly who: number; readonly verb: 'get' | 'create' | 'lease'; readonly when: 'before' | 'after'; readonly times: number }
    | { readonly do: 'heal'; readonly who: number }
    | { readonly do: 'restart'; readonly who: number };
  const who = fc.nat(2);
  const verb = fc.constantFrom('get' as const, 'create' as const, 'lease' as const, 'lease' as const);
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('wait' as const), milliseconds: fc.integer({ min: 1, max: 20_000 }) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('hold' as const), who, verb }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('refuse' as const), who, verb, when: fc.constantFrom('before' as const, 'after' as const), times: fc.integer({ min: 1, max: 8 }) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('heal' as const), who }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), who }) },
  );

  it('whatever fails, and a healthy one leads in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const clock = new FakeClock();
        const inner = await openMemoryStore({ clock });
        const seats = [0, 1, 2].map((index) => new Candidate(`server-${index}`, inner, clock));
        const retired: Candidate[] = [];
        const held = new Map<number, (() => void)[]>();
        const heal = (index: number): void => {
          seats[index]!.store.heal();
          for (const open of held.get(index) ?? []) open();
          held.delete(index);
        };
        const stopped: Promise<void>[] = [];
        for (const seat of seats) seat.start();
        for (const todo of steps) {
          if (todo.do === 'wait') await clock.advance(todo.milliseconds);
          else if (todo.do === 'heal') heal(todo.who);
          else if (todo.do === 'hold') held.set(todo.who, [...(held.get(todo.who) ?? []), seats[todo.who]!.store.hold(todo.verb)]);
          else if (todo.do === 'refuse') seats[todo.who]!.store.refuse({ verbs: [todo.verb], code: 'UNAVAILABLE', when: todo.when, times: todo.times });
          else {
            const old = seats[todo.who]!;
            retired.push(old);
            stopped.push(old.stop());
            heal(todo.who);
            seats[todo.who] = new Candidate(old.name, inner, clock);
            seats[todo.who]!.start();
          }
          await settle();
        }
        for (const index of [0, 1, 2]) heal(index);
        await clock.advance(3 * leaseMilliseconds);
        expect(seats.filter(({ isLeading }) => isLeading)).toHaveLength(1);
        stopped.push(...seats.map((seat) => seat.stop()));
        await clock.advance(2 * leaseMilliseconds);
        await Promise.all(stopped);
        const terms = [...seats, ...retired].flatMap((candidate) => candidate.terms).sort((a, b) => a.from - b.from || (a.to ?? Infinity) - (b.to ?? Infinity));
        for (const [index, term] of terms.entries()) {
          const next = terms[index + 1];
          if (next) expect(term.to).toBeLessThanOrEqual(next.from);
        }
        await inner.close();
      }),
      { numRuns: 200 },
    );
  });
});
