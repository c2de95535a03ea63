import { describeWithDocker } from '../support/docker/docker-binary';
import { allRun, calls, dockerPod, DockerNode, idOf, isRunning, type SeenPod } from '../support/docker/docker-node';
import { eventually } from '../support/eventually';

describeWithDocker('what people do to containers behind podql', () => {
  let node: DockerNode;
  beforeAll(async () => {
    node = await DockerNode.start();
  }, 60_000);
  afterAll(() => node.dispose(), 60_000);
  afterEach(() => node.deletePods());

  const pauseOf = async (pod: SeenPod): Promise<string> => (await node.sandboxesOf(pod.uid))[0] ?? '';

  test.each([
    ['removed', 'DELETE', '?force=true'],
    ['killed', 'POST', '/kill'],
  ] as const)('a container is %s: it is started again once, in the same sandbox', async (how, method, end) => {
    await node.create(dockerPod('web'));
    const before = await node.podUntil('web', isRunning);
    const pause = await pauseOf(before);
    await node.engine.api.call(method, `/containers/${idOf(before)}${end}`);
    const after = await node.podUntil('web', (main) => isRunning(main) && main.restartCount === 1);
    expect(after.status.containerStatuses[0]?.lastState?.exitCode).toBe(137);
    expect(['Error', ...(how === 'removed' ? ['ContainerStatusUnknown'] : [])]).toContain(after.status.containerStatuses[0]?.lastState?.reason);
    expect(after.status.podIP).toBe(before.status.podIP);
    expect(await pauseOf(after)).toBe(pause);
    await node.toldOf(after.uid, { Created: 2, Started: 2 });
  }, 60_000);

  test('an ended container is started while its successor runs: it is ended again, and goes with its pod', async () => {
    await node.create(dockerPod('web'));
    const first = await node.podUntil('web', isRunning);
    await node.engine.api.call('POST', `/containers/${idOf(first)}/kill`);
    const second = await node.podUntil('web', (main) => isRunning(main) && main.restartCount === 1);
    await node.engine.api.call('POST', `/containers/${idOf(first)}/start`);
    const hasEnded = async (): Promise<boolean> => !(await node.engine.api.inspect(idOf(first))).State.Running;
    await eventually(hasEnded, 'the end of the one before');
    expect(idOf(await node.podUntil('web', isRunning))).toBe(idOf(second));
    await node.deletePods();
    await eventually(async () => (await node.attempts()).length === 0, "the end of the pod's containers");
  }, 60_000);

  test.each([
    ['removed', 'DELETE', '?force=true'],
    ['killed', 'POST', '/kill'],
  ] as const)('a pause container is %s: the sandbox is made anew, and all in it are started again once', async (_how, method, end) => {
    const { spec } = dockerPod('web') as { spec: { containers: Record<string, unknown>[] } };
    await node.create({ name: 'web', spec: { ...spec, containers: ['main', 'side'].map((name) => ({ ...spec.containers[0], name })) } });
    const isWhole = (restarts: number) => (pods: readonly SeenPod[]): boolean =>
      pods.length === 1 && allRun(pods) && pods[0]!.status.containerStatuses.every(({ restartCount }) => restartCount === restarts);
    const [before] = await node.podsUntil(isWhole(0));
    const created = node.count(calls.create);
    const pause = await pauseOf(before!);
    await node.engine.api.call(method, `/containers/${pause}${end}`);
    const [after] = await node.podsUntil(isWhole(1));
    for (const { lastState } of after!.status.containerStatuses) expect(lastState).toMatchObject({ exitCode: 143, reason: 'Error', message: 'the network of its pod is gone' });
    expect(await node.sandboxesOf(after!.uid)).toEqual([expect.not.stringContaining(pause)]);
    const { NetworkSettings: network } = await node.engine.api.inspect(await pauseOf(after!));
    expect(after!.status.podIP).toBe(network.IPAddress);
    expect(node.count(calls.create) - created).toBe(2);
    await node.toldOf(after!.uid, { SandboxChanged: 1, Started: 4 });
  }, 60_000);

  test("strangers with podql's names are left alone, and the pods run; what is ours and nobody's goes", async () => {
    // A pod's own names are known only with its uid: the strangers take the ones of its next attempt and its next sandbox.
    await node.create(dockerPod('web'));
    const before = await node.podUntil('web', isRunning);
    const [own] = (await node.engine.api.containers()).filter((name) => name.includes(before.uid) && name.includes('_main_'));
    const next = own!.replace(/_0$/, '_1');
    const labels = { 'podql.runtime': 'another', 'podql.node': 'node-a', 'podql.role': 'container', 'podql.pod.uid': before.uid, 'podql.pod.name': 'web', 'podql.pod.namespace': 'default', 'podql.container.name': 'main', 'podql.container.attempt': '7', 'podql.created': '1' };
    const strangers = [
      await node.engine.api.run({ name: next, command: ['sleep', '100000'] }),
      await node.engine.api.run({ name: `podql_POD_other_default_${before.uid}_0`, command: ['sleep', '100000'], config: { Labels: { ...labels, 'podql.role': 'sandbox' } } }),
      await node.engine.api.run({ name: `podql_main_web_default_${before.uid}_7`, command: ['sleep', '100000'], config: { Labels: labels } }),
    ];
    const asTheyAre = async (): Promise<unknown> => Promise.all(strangers.map(async (id) => (({ Id, State }) => ({ Id, Pid: State.Pid, Status: State.Status }))(await node.engine.api.inspect(id))));
    const there = await asTheyAre();
    await node.engine.api.call('POST', `/containers/${idOf(before)}/kill`);
    const after = await node.podUntil('web', (main) => isRunning(main) && main.restartCount === 1);
    expect(strangers).not.toContain(idOf(after));

    // Left by a podql that had a pod which nobody knows any more.
    await node.podql.kill9();
    const details = await node.engine.api.call<{ Config: { Labels: Record<string, string> } }>('GET', `/containers/${idOf(after)}/json`);
    const orphan = await node.engine.api.run({ name: 'orphan', command: ['sleep', '100000'], config: { Labels: { ...details.Config.Labels, 'podql.pod.uid': 'gone', 'podql.pod.name': 'gone' } } });
    await node.startAgain();
    await eventually(async () => (await node.engine.api.send('GET', `/containers/${orphan}/json`)).status === 404, 'the end of the orphan');
    expect(idOf(await node.podUntil('web', isRunning))).toBe(idOf(after));
    expect(await asTheyAre()).toEqual(there);
    await node.deletePods();
    await eventually(async () => (await node.attempts()).every((name) => name.endsWith('/7')), "the end of the pod's containers");
    expect(await asTheyAre()).toEqual(there);
    for (const id of strangers) await node.engine.api.call('DELETE', `/containers/${id}?force=true`);
  }, 120_000);
});
