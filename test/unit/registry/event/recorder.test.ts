import type { EventDraft } from '../../../../src/api/event';
import { eventsIn, longestEventLife } from '../../../../src/api/event';
import type { LogFields } from '../../../../src/base/logger';
import { silentLogger } from '../../../../src/base/logger';
import type { RegistriesHarness } from '../../../support/registries';
import { openRegistries } from '../../../support/registries';
import { settle } from '../../../support/fake-clock';

const involved = { kind: 'Pod', namespace: 'default', name: 'web', uid: '20000000-0000-4000-8000-000000000001' };
const draft = (overrides: Partial<EventDraft> = {}): EventDraft => ({ type: 'NORMAL', reason: 'Started', message: 'started container main', source: 'kubelet/a', involved, ...overrides });

let harness: RegistriesHarness;
let warnings: { message: string; fields: LogFields | undefined }[];
beforeEach(async () => {
  warnings = [];
  harness = await openRegistries({ logger: { ...silentLogger, warn: (message, fields) => void warnings.push({ message, fields }) } });
});
afterEach(() => harness.close());

const record = (overrides?: Partial<EventDraft>): void => harness.registries.events.record(draft(overrides));
const log = (uid = involved.uid) => harness.registries.events.informer.lister.get('default', uid);
const events = (uid?: string) => eventsIn(log(uid) ?? fail('there is no log'));
const revision = (): Promise<number> => harness.store.currentRevision();
async function flush(): Promise<void> {
  await harness.registries.events.flush();
  await harness.registries.reached(await revision(), 1000);
  await settle();
}
function fail(message: string): never {
  throw new Error(message);
}

it('writes what happens to one object within a second once, and nothing before', async () => {
  const before = await revision();
  record({ reason: 'Created' });
  record({ reason: 'Started' });
  await harness.clock.advance(999);
  expect(await revision()).toBe(before);
  await harness.clock.advance(1);
  await settle();
  expect(await revision()).toBe(before + 1);
  expect(events().map(({ reason, count }) => [reason, count])).toEqual([['Created', 1], ['Started', 1]]);
});

it('waits three seconds longer where much happens: what becomes of each object takes longer then, and is still one write', async () => {
  const uids = Array.from({ length: 30 }, (_, i) => `20000000-0000-4000-8000-0000000001${String(i).padStart(2, '0')}`);
  const before = await revision();
  for (const uid of uids) record({ reason: 'Scheduled', involved: { ...involved, uid } });
  await harness.clock.advance(3_999);
  for (const uid of uids) record({ involved: { ...involved, uid } });
  expect(await revision()).toBe(before);
  await harness.clock.advance(1);
  await flush();
  expect(await revision()).toBe(before + 30);
  expect(events(uids[7])).toHaveLength(2);
});

it('counts what is told again in the same words, before and after it was written', async () => {
  record();
  record();
  await flush();
  await harness.clock.advance(5_000);
  record();
  await flush();
  const [event] = events();
  expect(events()).toHaveLength(1);
  expect(event).toMatchObject({ count: 3 });
  expect(Date.parse(event?.lastSeenAt ?? '') - Date.parse(event?.firstSeenAt ?? '')).toBe(5_000);
});

it('keeps apart what is told by another, of another, or in other words', async () => {
  record();
  record({ source: 'scheduler' });
  record({ message: 'started container other' });
  record({ type: 'WARNING' });
  record({ involved: { ...involved, uid: '20000000-0000-4000-8000-000000000002' } });
  await flush();
  expect(events()).toHaveLength(4);
  expect(events('20000000-0000-4000-8000-000000000002')).toHaveLength(1);
});

it('counts a report once, however often it arrives', async () => {
  const at = new Date(harness.clock.now()).toISOString();
  const seen = { count: 2, firstSeenAt: at, lastSeenAt: at };
  record({ seen });
  record({ seen });
  await flush();
  record({ seen });
  const written = await revision();
  await flush();
  expect(await revision()).toBe(written);
  expect(events()).toMatchObject([{ count: 2 }]);
});

it('counts a report once whose clock is ahead, and the next one again', async () => {
  const at = (minutes: number): string => new Date(harness.clock.now() + minutes * 60_000).toISOString();
  const ahead = at(10);
  const seen = { count: 1, firstSeenAt: ahead, lastSeenAt: ahead };
  record({ seen });
  await flush();
  const before = await revision();
  await harness.clock.advance(5_000);
  record({ seen });
  await flush();
  expect(await revision()).toBe(before);
  const now = at(0);
  record({ seen: { count: 1, firstSeenAt: ahead, lastSeenAt: at(10) } });
  record({ seen });
  await flush();
  expect(events()).toMatchObject([{ count: 2, lastSeenAt: now }]);
  expect(events()[0]).not.toHaveProperty('reportedAt');
});

it('tells what happens after the clock was set back', async () => {
  record({ quietSeconds: 30 });
  await flush();
  harness.clock.jumpWallTime(-3_600_000);
  record({ quietSeconds: 30 });
  await flush();
  expect(events()).toMatchObject([{ count: 2 }]);
});

it('lets one source tell 25 times of an object at once, then once in five minutes, and says once that it left something out', async () => {
  for (let i = 0; i < 40; i += 1) record({ message: `message ${i}` });
  await flush();
  expect(events()).toHaveLength(25);
  record({ source: 'scheduler' });
  await harness.clock.advance(300_000);
  record({ message: 'later' });
  record({ message: 'later still' });
  await flush();
  expect(events().map(({ message }) => message)).toEqual(expect.arrayContaining(['later', 'started container main']));
  expect(events()).toHaveLength(27);
  expect(warnings.map(({ message }) => message)).toEqual(['events were left out', 'events were left out']);
});

it('leaves out what was told in the same words a moment ago, if asked to', async () => {
  record({ quietSeconds: 30 });
  record({ quietSeconds: 30 });
  await flush();
  record({ quietSeconds: 30 });
  await flush();
  expect(events()).toMatchObject([{ count: 1 }]);
  await harness.clock.advance(30_000);
  record({ quietSeconds: 30 });
  await flush();
  expect(events()).toMatchObject([{ count: 2 }]);
});

it('keeps the 50 that were seen last, and none that was not seen for an hour', async () => {
  for (let i = 0; i < 60; i += 1) record({ message: `message ${i}`, source: `source ${i}` });
  await flush();
  await harness.clock.advance(1_000);
  for (let i = 60; i < 70; i += 1) record({ message: `message ${i}`, source: `source ${i}` });
  await flush();
  expect(events()).toHaveLength(50);
  expect(events().at(-1)?.message).toBe('message 69');
  await harness.clock.advance(3_590_000);
  record({ message: 'young', source: 'young' });
  await flush();
  await harness.clock.advance(20_000);
  record({ message: 'younger', source: 'younger' });
  await flush();
  expect(events().map(({ message }) => message)).toEqual(['young', 'younger']);
});

it('tells no event for longer because its object has younger ones, and tells it anew when it happens again', async () => {
  const told = async (): Promise<unknown[]> => (await harness.registries.events.list({ limit: 10, of: involved })).items.map(({ reason, count }) => [reason, count]);
  const ending = new AbortController();
  const streamed = async (): Promise<unknown[]> => {
    const seen: unknown[] = [];
    for await (const { type, object } of harness.registries.streams.events({ matches: () => true, signal: ending.signal })) {
      if (type === 'BOOKMARK') break;
      seen.push([object?.reason, object?.count]);
    }
    return seen;
  };
  record({ reason: 'Pulled' });
  await flush();
  await harness.clock.advance(55 * 60_000);
  record();
  await flush();
  await harness.clock.advance(9 * 60_000);
  expect(await told()).toEqual([['Started', 1], ['Pulled', 1]]);
  await harness.clock.advance(60_000);
  expect(await told()).toEqual([['Started', 1]]);
  expect(await streamed()).toEqual([['Started', 1]]);
  record({ reason: 'Pulled' });
  await flush();
  expect(await told()).toEqual([['Pulled', 1], ['Started', 1]]);
});

it('goes on behind the page before when the last event of that is not told any more', async () => {
  for (const reason of ['Pulled', 'Created', 'Started']) {
    record({ reason });
    await flush();
    await harness.clock.advance(60_000);
  }
  const page = await harness.registries.events.list({ limit: 2, of: involved });
  expect(page.items.map(({ reason }) => reason)).toEqual(['Started', 'Created']);
  await harness.clock.advance(longestEventLife - 2 * 60_000);
  const next = await harness.registries.events.list({ limit: 2, of: involved, after: page.cursors[1] });
  expect(next.items).toEqual([]);
});

it('forgets an object of which nothing is told for an hour, without anybody writing', async () => {
  record();
  await flush();
  await harness.clock.advance(3_600_000);
  await settle();
  expect(log()).toBeDefined();
  await harness.clock.advance(300_000);
  await settle();
  expect(log()).toBeUndefined();
  const quiet = await revision();
  await harness.clock.advance(7_200_000);
  expect(await revision()).toBe(quiet);
});

it('gives an event its own version, which others of its object do not change', async () => {
  record();
  await flush();
  const [first] = events();
  record({ reason: 'Killing' });
  await flush();
  const [same, other] = events();
  expect(same).toEqual(first);
  expect(Number(other?.resourceVersion)).toBeGreaterThan(Number(first?.resourceVersion));
});
