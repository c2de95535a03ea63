import type { Respondent } from '../../../src/registry/post';
import { Post } from '../../../src/registry/post';
import { openMemoryStore } from '../../../src/registry/store/memory/store';
import { FakeClock, settle, slowly } from '../../support/fake-clock';
import { FaultyStore } from '../../support/faulty-store';
import { Gate } from '../../support/gate';
import { RecordingLogger } from '../../support/recording-logger';
import { FakeIdentity } from '../../support/registries';

const patience = 2_000;

describe('the post between servers', () => {
  let clock: FakeClock;
  let store: FaultyStore;
  let logger: RecordingLogger;
  let ending: AbortController;
  let serving: Promise<void>[];
  const identity = new FakeIdentity();

  const aPost = (): Post => new Post({ store, clock, identity, logger });
  const ask = (address: string, question: string, signal = new AbortController().signal): Promise<string> => aPost().ask(address, question, { milliseconds: patience, signal });
  /** A server that answers for one address. Resolves when it hears. */
  const server = async (address: string, answer: Respondent['answer'], signal = ending.signal): Promise<void> => {
    serving.push(aPost().serve({ isHere: (asked) => asked === address, answer }, signal));
    await settle();
  };
  const echo = async (address: string, question: string): Promise<string> => `${address}: ${question}`;
  const letters = async (): Promise<string[]> => (await store.list('/')).items.map(({ key }) => key);
  const said = (): string[] => logger.lines.map(({ level, message }) => `${level}: ${message}`);
  const unanswered = 'debug: a letter of another server was not answered';

  beforeEach(async () => {
    clock = new FakeClock();
    store = new FaultyStore(await openMemoryStore({ clock }));
    logger = new RecordingLogger();
    ending = new AbortController();
    serving = [];
  });
  afterEach(async () => {
    store.heal();
    ending.abort();
    await slowly(clock, Promise.all(serving));
    await settle();
    expect(clock.pendingTimers).toBe(0);
    expect(store.openWatches).toBe(0);
    await store.close();
  });

  it('brings a question to the server where its address is, and the answer back, and leaves nothing in the store', async () => {
    await server('a', echo);
    expect(await ask('a', 'how are you, ✉?')).toBe('a: how are you, ✉?');
    await settle();
    expect(await letters()).toEqual([]);
    expect(said()).toEqual([]);
  });

  it('of two servers asks the one that has the address, and each answer comes to its own question', async () => {
    await server('a', echo);
    await server('b', echo);
    const questions = Array.from({ length: 20 }, (_, index) => ({ address: index % 2 ? 'a' : 'b', question: `${index}` }));
    const replies = await Promise.all(questions.map(({ address, question }) => ask(address, question)));
    expect(replies).toEqual(questions.map(({ address, question }) => `${address}: ${question}`));
  });

  it('of two servers that both have the address takes the first answer', async () => {
    const gate = new Gate();
    await server('a', async () => 'first');
    await server('a', async () => gate.wait().then(() => 'second'));
    expect(await ask('a', 'who?')).toBe('first');
    gate.open();
    await settle();
    expect(said()).toEqual([unanswered]);
    expect(await letters()).toEqual([]);
  });

  it('is a TIMEOUT when no server has the address, no sooner and no later than asked for', async () => {
    await server('b', echo);
    let verdict: unknown;
    ask('a', 'anybody?').catch((error: unknown) => (verdict = error));
    await clock.advance(patience - 1);
    expect(verdict).toBeUndefined();
    await clock.advance(1);
    expect(verdict).toMatchObject({ code: 'TIMEOUT', message: 'no server answered for a' });
    expect(await letters()).toEqual([]);
  });

  it('drops an answer that comes after the time is over', async () => {
    const gate = new Gate();
    await server('a', async () => gate.wait().then(() => 'late'));
    const asked = ask('a', 'slowly?').catch((error: unknown) => error);
    await clock.advance(patience);
    expect(await asked).toMatchObject({ code: 'TIMEOUT' });
    gate.open();
    await settle();
    expect(await letters()).toEqual([]);
    expect(said()).toEqual([unanswered]);
    expect(logger.lines[0]).toMatchObject({ address: 'a', error: { code: 'LEASE_GONE' } });
  });

  it('is a TIMEOUT when the other server fails over the question, which goes on to answer the next', async () => {
    await server('a', async (_address, question) => {
      if (question === 'bad') throw new Error('a fault');
      return 'good';
    });
    const asked = ask('a', 'bad').catch((error: unknown) => error);
    await clock.advance(patience);
    expect(await asked).toMatchObject({ code: 'TIMEOUT' });
    expect(said()).toEqual([unanswered]);
    expect(await ask('a', 'next')).toBe('good');
  });

  it('is a TIMEOUT for more than 64 questions at a time, so that one server cannot be drowned', async () => {
    const gate = new Gate();
    await server('a', async (_address, question) => gate.wait().then(() => question));
    const asked = Promise.allSettled(Array.from({ length: 65 }, (_, index) => ask('a', `${index}`)));
    await settle();
    gate.open();
    await clock.advance(patience);
    const outcomes = (await asked).map((result) => (result.status === 'fulfilled' ? 'answered' : (result.reason as { code: string }).code));
    expect(outcomes).toEqual([...Array.from({ length: 64 }, () => 'answered'), 'TIMEOUT']);
    expect(await ask('a', 'again')).toBe('again');
  });

  it('is UNAVAILABLE, at once, when who asks wants it no more', async () => {
    const leaving = new AbortController();
    const asked = ask('a', 'anybody?', leaving.signal).catch((error: unknown) => error);
    await settle();
    leaving.abort();
    expect(await asked).toMatchObject({ code: 'UNAVAILABLE' });
    await settle();
    expect(await letters()).toEqual([]);
  });

  it.each(['lease', 'create'] as const)('fails as the store does when a question cannot be written (%s), and holds on to nothing', async (verb) => {
    store.refuse({ verbs: [verb], code: 'FULL', when: 'before', times: 1 });
    await expect(ask('a', 'anybody?')).rejects.toMatchObject({ code: 'FULL' });
    await settle();
    expect(clock.pendingTimers).toBe(0);
  });

  it('is not read by a server that has ended', async () => {
    const leaving = new AbortController();
    await server('a', echo, leaving.signal);
    leaving.abort();
    await serving[0];
    const asked = ask('a', 'anybody?').catch((error: unknown) => error);
    await clock.advance(patience);
    expect(await asked).toMatchObject({ code: 'TIMEOUT' });
  });

  it('leaves nothing behind when who asked is gone: its letters go with their lease', async () => {
    const asked = ask('a', 'anybody?').catch((error: unknown) => error);
    await settle();
    // As if it had died: it revokes nothing.
    store.refuse({ verbs: ['lease'], code: 'UNAVAILABLE', when: 'before' });
    await clock.advance(patience);
    await asked;
    expect(await letters()).toHaveLength(1);
    await clock.advance(15_000);
    expect(await letters()).toEqual([]);
  });

  it('answers again after the store was away', async () => {
    await server('a', echo);
    store.refuse({ verbs: ['currentRevision'], code: 'UNAVAILABLE', when: 'before' });
    store.dropWatches();
    await clock.advance(1_000);
    expect(said()[0]).toBe('debug: letters of other servers cannot be read now; trying again');
    store.heal();
    await clock.advance(500);
    expect(await ask('a', 'there?')).toBe('a: there?');
  });

  it('lets a fault of the server itself be heard', async () => {
    const heard = aPost().serve({ isHere: () => { throw new Error('a fault of ours'); }, answer: echo }, ending.signal).catch((error: unknown) => error);
    await settle();
    const asked = ask('a', 'there?').catch((error: unknown) => error);
    expect(await heard).toMatchObject({ message: 'a fault of ours' });
    await clock.advance(patience);
    await asked;
  });

  it('ends when the store closes', async () => {
    await server('a', echo);
    await store.close();
    await Promise.all(serving);
    expect(said()).toEqual([]);
  });
});
