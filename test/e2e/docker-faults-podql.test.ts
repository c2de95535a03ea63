import { allRun, calls, dockerPod, DockerNode, idOf, isRunning, numbered, type SeenPod } from '../support/docker/docker-node';
import { describeWithDocker } from '../support/docker/docker-binary';

interface Finished { readonly State: { readonly FinishedAt: string; readonly ExitCode: number } }

describeWithDocker('podql on a Docker Engine, killed', () => {
  let node: DockerNode;
  beforeEach(async () => {
    node = await DockerNode.start();
  }, 60_000);
  afterEach(() => node.dispose(), 60_000);

  test('thirty pods keep their containers; what ended meanwhile has its true code and time, and is started again by policy', async () => {
    const policies = ['ALWAYS', 'ON_FAILURE', 'NEVER'];
    await node.create(...numbered(30).map((name, index) => dockerPod(name, undefined, { restartPolicy: policies[index % 3] })));
    const before = await node.podsUntil((pods) => pods.length === 30 && allRun(pods), 120_000);
    const created = node.count(calls.create);
    await node.podql.kill9();

    // The first six end by themselves; of the NEVER pods one is removed too, and one that runs.
    const named = new Map(before.map((pod) => [pod.name, pod]));
    const id = (name: string): string => idOf(named.get(name)!);
    const ended = numbered(6);
    for (const name of ended) {
      await node.engine.api.call('POST', `/containers/${id(name)}/kill?signal=USR1`);
      expect(await node.engine.api.wait(id(name))).toBe(7);
    }
    const finished = new Map<string, string>();
    for (const name of ended) {
      const { State } = await node.engine.api.call<Finished>('GET', `/containers/${id(name)}/json`);
      finished.set(name, new Date(State.FinishedAt).toISOString());
    }
    const removed = ['pod-05', 'pod-08'];
    for (const name of removed) await node.engine.api.call('DELETE', `/containers/${id(name)}?force=true`);

    await node.startAgain();
    const isRestarted = (name: string): boolean => ended.includes(name) && !name.endsWith('02') && !name.endsWith('05');
    const isOver = (name: string): boolean => name === 'pod-02' || removed.includes(name);
    const isSettled = ({ name, status: { containerStatuses: [main] } }: SeenPod): boolean =>
      main !== undefined && (isOver(name) ? main.state.kind === 'ContainerTerminated' : isRunning(main) && main.restartCount === (isRestarted(name) ? 1 : 0));
    const after = await node.podsUntil((pods) => pods.every(isSettled));

    for (const { name, status } of after) {
      const [main] = status.containerStatuses;
      if (isRestarted(name)) expect(main?.lastState).toMatchObject({ exitCode: 7, reason: 'Error', finishedAt: finished.get(name) });
      else expect({ name, id: main?.containerID, restartCount: main?.restartCount }).toEqual({ name, id: `docker://${id(name)}`, restartCount: 0 });
    }
    const state = (name: string): unknown => after.find((pod) => pod.name === name)?.status.containerStatuses[0]?.state;
    expect(state('pod-02')).toMatchObject({ exitCode: 7, reason: 'Error', finishedAt: finished.get('pod-02') });
    for (const name of removed) expect(state(name)).toMatchObject({ exitCode: 137, reason: 'ContainerStatusUnknown' });
    expect(after.filter(({ status }) => status.phase === 'FAILED').map(({ name }) => name).sort()).toEqual(['pod-02', ...removed]);

    // One more for each of the four that were started again.
    const attempts = numbered(30).flatMap((name) => [...(removed.includes(name) ? [] : [`${name}/0`]), ...(isRestarted(name) ? [`${name}/1`] : [])]);
    expect(await node.attempts()).toEqual(attempts);
    const kept = node.count(calls.create) - created;
    expect(kept).toBe(4);

    await node.toldOf(named.get('pod-00')!.uid, { Started: 2 });

    // Once more, with nothing having happened: nothing is done.
    await node.podql.kill9();
    await node.startAgain();
    await node.adopted();
    await node.readyUntil('TRUE');
    expect(await node.pods()).toEqual(after);
    expect(await node.attempts()).toEqual(attempts);
    expect(node.count(calls.create) - created).toBe(kept);
  }, 240_000);
});
