import { silentLogger } from '../../../src/base/logger';
import { RuntimeCache } from '../../../src/kubelet/runtime-cache';
import type { FakeRuntime } from '../../../src/kubelet/runtime/fake/fake-runtime';
import { createFakeRuntime } from '../../../src/kubelet/runtime/fake/fake-runtime';
import type { ContainerRecord } from '../../../src/kubelet/runtime/runtime';
import { aContainer, aPodSpec } from '../../support/builders';
import { FakeClock, settle } from '../../support/fake-clock';
import { Gate } from '../../support/gate';

let clock: FakeClock;
let runtime: FakeRuntime;
let cache: RuntimeCache;

beforeEach(async () => {
  clock = new FakeClock();
  runtime = createFakeRuntime({ clock });
  cache = new RuntimeCache({ runtime, clock, logger: silentLogger });
  await runtime.ensureSandbox({ podUid: 'u', namespace: 'default', podName: 'p', spec: aPodSpec(), hostname: null });
});

async function create(attempt = 0, podUid = 'u'): Promise<ContainerRecord> {
  const identity = { podUid, containerName: 'main', attempt, init: false };
  return runtime.create({ identity, namespace: 'default', podName: 'p', container: aContainer(), spec: aPodSpec(), extraEnv: {}, notes: {}, annotations: {} });
}

describe('what the runtime has, in memory', () => {
  it('knows containers and sandboxes after a list', async () => {
    const { id } = await create();
    await cache.relist();
    expect(cache.containersOf('u').map((record) => record.id)).toEqual([id]);
    expect(cache.sandboxOf('u')).toMatchObject({ podUid: 'u', ready: true });
    expect(cache.pods()).toEqual([{ podUid: 'u', namespace: 'default', podName: 'p' }]);
    expect(cache.unavailableBecause).toBeNull();
  });

  /** The next list is made at once, and answered when the gate opens. */
  function holdList(): Gate {
    const gate = new Gate();
    const list = runtime.list.bind(runtime);
    jest.spyOn(runtime, 'list').mockImplementationOnce(async () => {
      const before = await list();
      await gate.wait();
      return before;
    });
    return gate;
  }

  it('a list that began earlier does not take away what was made meanwhile', async () => {
    const gate = holdList();
    const listing = cache.relist();
    await gate.reached();
    const record = await create();
    cache.put(record);
    gate.open();
    await listing;
    expect(cache.containersOf('u')).toEqual([record]);
  });

  it('a list that began earlier does not bring back what was removed meanwhile', async () => {
    const record = await create();
    cache.put(record);
    const gate = holdList();
    const listing = cache.relist();
    await gate.reached();
    await runtime.remove(record.id);
    cache.forget(record.id);
    gate.open();
    await listing;
    expect(cache.containersOf('u')).toEqual([]);
    // Its name may be had by another later.
    await cache.relist();
    const again = await create();
    cache.put(again);
    await cache.relist();
    expect(cache.containersOf('u')).toEqual([again]);
  });

  it('what ran and is gone runs no more; of an end that is known, being gone says nothing', async () => {
    const { id } = await create();
    await runtime.start(id);
    await cache.refresh(id);
    const [running] = cache.containersOf('u');
    const lost = { ...running!, phase: 'exited' as const, startedAt: null, exit: null };
    cache.put(lost);
    expect(cache.containersOf('u')).toEqual([lost]);
    runtime.exitContainer(id, 3);
    await cache.refresh(id);
    cache.put(lost);
    expect(cache.containersOf('u')).toMatchObject([{ phase: 'exited', exit: { exitCode: 3 } }]);
  });

  it('a list that began earlier does not call a sandbox lost that was made anew meanwhile', async () => {
    const gate = new Gate();
    const [made] = await runtime.listSandboxes();
    jest.spyOn(runtime, 'listSandboxes').mockImplementation(async () => {
      await gate.wait();
      return [{ ...made!, id: 'old', ready: false }];
    });
    const listing = cache.relist();
    await gate.reached();
    cache.putSandbox(made!);
    gate.open();
    await listing;
    expect(cache.sandboxOf('u')).toEqual(made);
  });

  it('what somebody started again after its end runs', async () => {
    const { id } = await create();
    await runtime.start(id);
    const first = (await runtime.inspect(id))!;
    cache.put({ ...first, phase: 'exited', exit: { exitCode: 0, signal: null, reason: 'Completed', message: null, finishedAt: clock.now(), oomKilled: false } });
    cache.put(first);
    expect(cache.containersOf('u')).toMatchObject([{ phase: 'exited' }]);
    cache.put({ ...first, startedAt: clock.now() + 1000 });
    expect(cache.containersOf('u')).toMatchObject([{ phase: 'running' }]);
  });

  it('an older look that comes back late does not undo an exit', async () => {
    const { id } = await create();
    await runtime.start(id);
    await cache.refresh(id);
    const [running] = cache.containersOf('u');
    runtime.exitContainer(id, 1);
    await cache.refresh(id);
    if (!running) throw new Error('it was running');
    cache.put(running);
    expect(cache.containersOf('u')).toMatchObject([{ phase: 'exited', exit: { exitCode: 1 } }]);
  });

  it('tells of announced changes at once, and of unannounced ones at the next list', async () => {
    const told: string[] = [];
    cache.onPodChange((uid) => told.push(uid));
    const ending = new AbortController();
    const running = cache.run(ending.signal);
    const { id } = await create();
    await settle();
    expect(told).toEqual(['u']);
    const container = runtime.state.containers.get(id);
    if (container) container.startedAt = clock.now();
    await settle();
    expect(told).toEqual(['u']);
    await clock.advance(5_000);
    expect(cache.containersOf('u')[0]?.phase).toBe('running');
    ending.abort();
    await running;
    expect(clock.pendingTimers).toBe(0);
  });

  it('says why the runtime is unavailable, and tells when that begins and when it ends', async () => {
    const health: (string | null)[] = [];
    await cache.relist();
    cache.onHealthChange(() => health.push(cache.unavailableBecause));
    runtime.failNext('list');
    await expect(cache.relist()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await cache.relist();
    expect(health).toEqual(['list was made to fail', null]);
  });
});
