import { systemIdentity } from '../../../../../src/base/identity';
import { silentLogger } from '../../../../../src/base/logger';
import type { ContainerSummary } from '../../../../../src/kubelet/runtime/docker/engine';
import { EngineError } from '../../../../../src/kubelet/runtime/docker/faults';
import type { PreparedSandboxesOptions } from '../../../../../src/kubelet/runtime/docker/prepared-sandboxes';
import { PreparedSandboxes } from '../../../../../src/kubelet/runtime/docker/prepared-sandboxes';
import { FakeClock } from '../../../../support/fake-clock';

const givenUp = new EngineError('TIMEOUT', 'the engine did not rename a container within 60 s; it may still do it', null, undefined);
const summary = (id: string, state = 'running'): ContainerSummary => ({ Id: id, State: state, NetworkSettings: { Networks: {} } }) as ContainerSummary;

describe('sandboxes that wait', () => {
  let clock: FakeClock;
  let made: number;
  let discarded: string[];
  let renamed: string[];
  let rename: () => Promise<void>;

  beforeEach(() => {
    clock = new FakeClock();
    made = 0;
    discarded = [];
    renamed = [];
    rename = () => Promise.resolve();
  });

  function sandboxes(count = 2): PreparedSandboxes {
    const options = {
      engine: { rename: (id: string) => (renamed.push(id), rename()) },
      pauses: { run: () => Promise.resolve({ id: `made-${(made += 1)}`, ip: null }), discard: (id: string) => Promise.resolve(void discarded.push(id)) },
      owner: { runtimeId: 'mine', nodeName: 'node-a' },
      pauseImage: () => 'pause',
      count,
      isBusy: () => false,
      clock,
      identity: systemIdentity,
      logger: silentLogger,
    };
    return new PreparedSandboxes(options as unknown as PreparedSandboxesOptions);
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
