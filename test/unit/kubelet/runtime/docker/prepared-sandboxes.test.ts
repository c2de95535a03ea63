import { systemIdentity } from '../../../../../src/base/identity';
import { silentLogger } from '../../../../../src/base/logger';
import type { ContainerDetails, ContainerSummary, Engine } from '../../../../../src/kubelet/runtime/docker/engine';
import { EngineError } from '../../../../../src/kubelet/runtime/docker/faults';
import { labelNames } from '../../../../../src/kubelet/runtime/docker/labels';
import { PauseContainers } from '../../../../../src/kubelet/runtime/docker/pause-containers';
import { PreparedSandboxes } from '../../../../../src/kubelet/runtime/docker/prepared-sandboxes';
import { FakeClock } from '../../../../support/fake-clock';

const givenUp = new EngineError('TIMEOUT', 'the engine did not rename a container within 60 s; it may still do it', null, undefined);
const taken = new EngineError('INVALID', 'Conflict. The container name is already in use', 409, undefined);
const summary = (id: string, state = 'running'): ContainerSummary => ({ Id: id, State: state, NetworkSettings: { Networks: {} } }) as ContainerSummary;

describe('sandboxes that wait', () => {
  let clock: FakeClock;
  let made: number;
  let discarded: string[];
  let renamed: string[];
  let rename: (id: string, name: string) => Promise<void>;
  /** Who has a name, by the label of its runtime; its id is "holder". */
  let holder: string;
  let remove: () => Promise<void>;

  beforeEach(() => {
    clock = new FakeClock();
    made = 0;
    discarded = [];
    renamed = [];
    rename = () => Promise.resolve();
    holder = 'mine';
    remove = () => Promise.resolve();
  });

  function sandboxes(count = 2): PreparedSandboxes {
    const engine: Partial<Engine> = {
      rename: (id, name) => (renamed.push(`${id} ${name}`), rename(id, name)),
      create: () => Promise.resolve(`made-${(made += 1)}`),
      start: () => Promise.resolve(),
      inspect: () => Promise.resolve({ Id: 'holder', Config: { Labels: { [labelNames.runtime]: holder } }, NetworkSettings: { Networks: {} } } as unknown as ContainerDetails),
      remove: (id) => (discarded.push(id), remove()),
    };
    const options = { engine: engine as Engine, owner: { runtimeId: 'mine', nodeName: 'node-a' }, clock, identity: systemIdentity, logger: silentLogger };
    const pauses = new PauseContainers({ ...options, makeImage: () => Promise.resolve() });
    return new PreparedSandboxes({ ...options, pauses, pauseImage: () => 'pause', count, isBusy: () => false });
  }

  function look(prepared: PreparedSandboxes, ...summaries: ContainerSummary[]): void {
    prepared.beginLook();
    prepared.takeOver(summaries);
  }

  test('are those that an earlier podql has left, as many as are wanted; the others go', async () => {
    const prepared = sandboxes();
    look(prepared, summary('a'), summary('b', 'exited'), summary('c'), summary('d'));
    expect(discarded).toEqual(['b', 'd']);
    expect(await prepared.take('web')).toMatchObject({ id: 'a' });
    expect(await prepared.take('db')).toMatchObject({ id: 'c' });
    expect(await prepared.take('more')).toBeNull();
  });

  test('do not keep one whose renaming was given up and did not happen: it goes, and another is made', async () => {
    const prepared = sandboxes(1);
    look(prepared, summary('a'));
    rename = () => Promise.reject(givenUp);
    await expect(prepared.take('web')).rejects.toBe(givenUp);
    look(prepared, summary('a'));
    expect(discarded).toEqual(['a']);
    await clock.advance(300);
    rename = () => Promise.resolve();
    expect(await prepared.take('web')).toMatchObject({ id: 'made-1' });
  });

  test('do not give a pod two: one whose renaming was given up and happened later makes way for the next', async () => {
    const prepared = sandboxes();
    look(prepared, summary('a'), summary('b'));
    rename = () => Promise.reject(givenUp);
    await expect(prepared.take('web')).rejects.toBe(givenUp);
    rename = () => (discarded.includes('holder') ? Promise.resolve() : Promise.reject(taken));
    expect(await prepared.take('web')).toMatchObject({ id: 'b' });
    expect(discarded).toEqual(['holder']);
    expect(renamed).toEqual(['a web', 'b web', 'b web']);
  });

  test.each([
    ['where a stranger has one', () => (holder = 'another'), []],
    ['where the engine cannot remove the one that has it', () => (remove = () => Promise.reject(new EngineError('INTERNAL', 'device or resource busy', 500, undefined))), ['holder']],
  ])('take the next name %s', async (_where, happen, removals) => {
    const prepared = sandboxes(1);
    look(prepared, summary('a'));
    happen();
    rename = (_id, name) => (name === 'web' ? Promise.reject(taken) : Promise.resolve());
    expect(await prepared.take('web')).toMatchObject({ id: 'a' });
    expect(renamed).toEqual(['a web', 'a web_1']);
    expect(discarded).toEqual(removals);
  });

  test('do not get back one that a pod was given while the list was made, nor is it removed', async () => {
    const prepared = sandboxes(1);
    look(prepared, summary('a'));
    let done = (): void => undefined;
    rename = () => new Promise((resolve) => (done = resolve));
    const taken = prepared.take('web');
    prepared.beginLook();
    done();
    expect(await taken).toMatchObject({ id: 'a' });
    prepared.takeOver([summary('a')]);
    expect(await prepared.take('db')).toBeNull();
    expect(discarded).toEqual([]);
  });

  test('do not keep one whose start was given up and happened later', async () => {
    const prepared = sandboxes(1);
    look(prepared, summary('a'));
    look(prepared, summary('a'), summary('late'));
    expect(discarded).toEqual(['late']);
    prepared.beginLook();
    await prepared.take('web');
    prepared.fillSoon();
    await clock.advance(300);
    prepared.takeOver([summary('made-1')]);
    expect(discarded).toEqual(['late']);
  });

  test('are not made any more by one that is abandoned', async () => {
    const prepared = sandboxes();
    look(prepared, summary('a'));
    expect(clock.pendingTimers).toBe(1);
    prepared.abandon();
    expect(clock.pendingTimers).toBe(0);
    expect(discarded).toEqual([]);
  });
});
