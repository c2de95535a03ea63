import { describeWithDocker } from '../support/docker/docker-binary';
import { allRun, calls, dockerPod, DockerNode, forever, idOf, isRunning, numbered, type SeenPod } from '../support/docker/docker-node';
import { eventually } from '../support/eventually';

/** Of an engine that is gone, or that stops: then it may also take long for what it still answers. */
const unavailable = /no Docker Engine at unix:|broke the connection|did not list containers within 10 s/;
/** All run again, after that many restarts of each. */
const runAfter = (restarts: number) => (pods: readonly SeenPod[]): boolean => allRun(pods) && pods.every(({ status }) => status.containerStatuses[0]?.restartCount === restarts);
const places = (pods: readonly SeenPod[]): unknown => pods.map((pod) => ({ name: pod.name, id: idOf(pod), ip: pod.status.podIP }));

describeWithDocker('a Docker Engine that goes and comes back under pods', () => {
  let node: DockerNode;
  afterEach(() => node.dispose(), 60_000);

  /** Ends it, sees what the node says meanwhile, and starts it again. */
  async function away(end: () => Promise<void>, { mayEnd = false, start = () => node.engine.start() } = {}): Promise<void> {
    const before = await node.pods();
    await end();
    expect(await node.readyUntil('FALSE')).toMatchObject({ reason: 'RuntimeUnavailable', message: expect.stringMatching(unavailable) });
    // How they ended is not known before the engine says so. One that stops its containers may have said it of some.
    if (!mayEnd) expect(await node.pods()).toEqual(before);
    await start();
  }

  test.each([
    ['killed', 10],
    ['stopped', 10],
    ['killed', 30],
    ['stopped', 30],
  ] as const)('%s under %i of them: each is started again, and every start is counted', async (how, count) => {
    node = await DockerNode.start();
    await node.create(...numbered(count).map((name) => dockerPod(name)));
    await node.podsUntil((pods) => pods.length === count && allRun(pods), 120_000);
    const created = node.count(calls.create);
    await (how === 'killed' ? away(() => node.engine.kill()) : away(() => node.engine.stop(), { mayEnd: true }));
    // One that stops may still start what it has just stopped, and ends it the next time it is started.
    const isBack = (pods: readonly SeenPod[]): boolean => pods.every((pod) => runAfter(1)([pod]) || (how === 'stopped' && runAfter(2)([pod])));
    await node.readyUntil('TRUE');
    const after = await node.podsUntil(isBack, 120_000);
    for (const { status } of after) {
      const end = status.containerStatuses[0]?.lastState;
      expect(end).toEqual(expect.objectContaining({ reason: 'Error' }));
      expect([137, 143]).toContain(end?.exitCode);
    }
    // One that stops takes no new connection, and may still answer those it has: the node may seem to be back for a moment.
    if (how === 'killed') {
      await node.toldOfNode({ NodeNotReady: 1 });
      for (const { uid } of after) await node.toldOf(uid, { SandboxChanged: 1, Started: 2 });
    }
    const restarts = after.map(({ status }) => status.containerStatuses[0]?.restartCount ?? 0).reduce((sum, one) => sum + one, 0);
    // What could not be started because the engine stopped was not, and is not counted.
    const made = node.count(calls.create) - created;
    expect(made).toBeGreaterThanOrEqual(restarts);
    expect(made).toBeLessThanOrEqual(how === 'killed' ? restarts : 3 * count);
    expect(await node.engine.api.containers({ all: false }).then((names) => names.filter((name) => name.startsWith('podql_main_')))).toHaveLength(count);
    expect(new Set(after.map(({ status }) => status.podIP)).size).toBe(count);
    await eventually(async () => {
      const [all, running] = await Promise.all([node.engine.api.containers(), node.engine.api.containers({ all: false })]);
      return all.filter((name) => name.startsWith('podql_prepared_')).every((name) => running.includes(name));
    }, 'the end of sandboxes that no pod will have');
    console.log(`${how} under ${count}: ${restarts} restarts, ${made} containers made`);
  }, 300_000);

  test('back without any of them: they are run again, one under NEVER is not, and the image of their sandboxes is made again', async () => {
    node = await DockerNode.start();
    await node.create(...numbered(5).map((name) => dockerPod(name)), dockerPod('once', undefined, { restartPolicy: 'NEVER' }));
    await node.podsUntil((pods) => pods.length === 6 && allRun(pods), 120_000);
    await away(() => node.engine.stop(), { mayEnd: true, start: () => node.engine.startEmpty() });
    await node.readyUntil('TRUE');
    const isAlways = ({ name }: SeenPod): boolean => name !== 'once';
    const after = await node.podsUntil((pods) => pods.filter(isAlways).every((pod) => runAfter(1)([pod]) || runAfter(2)([pod])) && pods.some((pod) => !isAlways(pod) && pod.status.phase === 'FAILED'), 120_000);
    // Its end was told by the engine that stopped, or nobody knows more than that it was started; either way it ran.
    for (const { status } of after) {
      const main = status.containerStatuses[0]!;
      expect(['Error', 'ContainerStatusUnknown']).toContain((main.lastState ?? (main.state as { reason?: string })).reason);
    }
    expect((await node.attempts()).filter((attempt) => attempt.startsWith('once'))).toEqual([]);
    expect(await node.engine.api.containers({ all: false }).then((names) => names.filter((name) => name.startsWith('podql_main_')))).toHaveLength(5);
    await eventually(async () => (await node.engine.api.containers({ all: false })).filter((name) => name.startsWith('podql_prepared_')).length === 3, 'prepared sandboxes');
  }, 240_000);

  test.each(['killed', 'stopped'] as const)('%s with live-restore: nothing ends, and nothing is started', async (how) => {
    node = await DockerNode.start({ liveRestore: true });
    // An engine that cannot be asked is no container that is ill.
    const livenessProbe = { exec: { command: ['true'] }, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 1 };
    await node.create(...numbered(10).map((name) => dockerPod(name, undefined, {}, { livenessProbe })));
    const before = await node.podsUntil((pods) => pods.length === 10 && allRun(pods), 120_000);
    const [created, sandboxes] = [node.count(calls.create), node.count(calls.sandbox)];
    await away(() => (how === 'killed' ? node.engine.kill() : node.engine.stop()));
    await node.readyUntil('TRUE');
    // What ends now is noticed: it is listened to again.
    await node.engine.api.call('POST', `/containers/${idOf(before[0]!)}/kill?signal=USR1`);
    await node.podUntil('pod-00', (main) => main.restartCount === 1 && isRunning(main));
    const after = await node.pods();
    expect(places(after.slice(1))).toEqual(places(before.slice(1)));
    expect(after.slice(1).every((pod) => runAfter(0)([pod]))).toBe(true);
    expect(node.count(calls.create) - created).toBe(1);
    expect(node.count(calls.sandbox)).toBe(sandboxes);
    await node.toldOfNode({ NodeNotReady: 1 });
  }, 240_000);

  test('hung: the node says so, the server answers, and when it goes on nothing is doubled', async () => {
    node = await DockerNode.start();
    await node.create(...numbered(3).map((name) => dockerPod(name)));
    const before = await node.podsUntil((pods) => pods.length === 3 && allRun(pods));
    await node.engine.pause();
    // Asked for while it hangs, and one that is not wanted any more when it goes on.
    await node.create(dockerPod('late'), dockerPod('dropped'));
    expect(await node.readyUntil('FALSE')).toMatchObject({ reason: 'RuntimeUnavailable', message: expect.stringContaining('within 10 s') });
    await node.client.ask('mutation { deletePod(input: { name: "dropped", gracePeriodSeconds: 0 }) { pod { name } } }');
    const meanwhile = await node.pods();
    expect(places(meanwhile.filter(({ name }) => name.startsWith('pod-')))).toEqual(places(before));
    node.engine.resume();
    await node.readyUntil('TRUE');
    await node.podUntil('late', isRunning);
    const after = await node.podsUntil((pods) => pods.length === 4 && runAfter(0)(pods));
    expect(places(after.filter(({ name }) => name !== 'late'))).toEqual(places(before));
    // What of the dropped one was made by calls that were given up goes too.
    const expected = ['late/0', ...numbered(3).map((name) => `${name}/0`)];
    await eventually(async () => JSON.stringify(await node.attempts()) === JSON.stringify(expected), 'one container for each pod');
    await eventually(async () => !(await node.engine.api.containers()).some((name) => name.includes('_dropped_')), 'nothing of what is not wanted');
    const pods = (await node.engine.api.containers()).filter((name) => name.startsWith('podql_POD_'));
    expect(pods).toHaveLength(4);
    await node.toldOfNode({ NodeNotReady: 1 });
  }, 240_000);

  test('idle: ten pods cost one list every time the kubelet looks', async () => {
    node = await DockerNode.start();
    await node.create(...numbered(10).map((name) => dockerPod(name, forever)));
    await node.podsUntil((pods) => pods.length === 10 && allRun(pods), 120_000);
    // Until the sandboxes for pods to come are made, and all that had happened is looked at.
    let [before, lists] = [node.count(calls.any), node.count(calls.list)];
    await eventually(() => {
      const [now, nowLists] = [node.count(calls.any), node.count(calls.list)];
      const isQuiet = nowLists > lists && now - before === nowLists - lists;
      [before, lists] = [now, nowLists];
      return isQuiet;
    }, 'the quiet');
    await eventually(() => node.count(calls.list) >= lists + 3, 'three looks');
    expect(node.count(calls.any) - before).toBe(node.count(calls.list) - lists);
    expect(node.count(calls.list) - lists).toBe(3);
  }, 180_000);
});
