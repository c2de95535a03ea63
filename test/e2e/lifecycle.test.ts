import { systemIdentity } from '../../src/base/identity';
import { deleteEverything, PodqlProcess } from '../support/podql-process';
import { createPod, shellPod } from '../support/shell-pod';

interface Running {
  pod: { status: { phase: string; containerStatuses: { containerID: string | null }[] } };
}
const running = '{ pod(name: "stays") { status { phase containerStatuses { containerID } } } }';

describe('the life of the server program', () => {
  const started: PodqlProcess[] = [];
  const start = async (options?: Parameters<typeof PodqlProcess.start>[0]): Promise<PodqlProcess> => {
    const podql = await PodqlProcess.start(options);
    started.push(podql);
    return podql;
  };
  afterEach(async () => {
    for (const podql of started.splice(0)) await podql.remove();
  }, 60_000);

  test('Ctrl-C drains: exit 0, subscribers are told to come back, pods go on; the next start adopts them', async () => {
    const first = await start();
    const client = first.client();
    await client.ask(createPod, { input: shellPod('stays', 'exec sleep 100000') });
    const before = await client.until<Running>(running, ({ pod }) => pod.status.phase === 'RUNNING');
    const containerID = before.pod.status.containerStatuses[0]?.containerID;
    expect(containerID).toMatch(/^process:\/\/\d+$/);

    const stream = client.subscribe<{ type: string }>('subscription { podChanges { type } }');
    expect((await stream.next()).value).toEqual({ type: 'ADDED' });
    expect((await stream.next()).value).toEqual({ type: 'BOOKMARK' });
    const ended = stream.next().then(
      () => undefined,
      (reason: { code?: number }) => reason.code,
    );
    expect(await first.interrupt()).toBe(0);
    expect(await ended).toBe(1001);
    expect(() => process.kill(Number(containerID?.slice('process://'.length)), 0)).not.toThrow();

    const second = await start({ directory: first.directory, port: first.port });
    const after = await second.client().until<Running>(running, ({ pod }) => pod.status.phase === 'RUNNING');
    expect(after.pod.status.containerStatuses[0]?.containerID).toBe(containerID);
    await deleteEverything(second.client());
    expect(() => process.kill(Number(containerID?.slice('process://'.length)), 0)).toThrow();
  }, 90_000);

  test('logs are readable while a container runs and after it ended', async () => {
    const podql = await start();
    const client = podql.client();
    type Logs = { pod: { status: { phase: string }; logs: { text: string; stream: string; attempt: number; time: string }[] | null } };
    const logs = '{ pod(name: "talks") { status { phase } logs { text stream attempt time } } }';
    await client.ask(createPod, {
      input: shellPod('talks', 'echo out; echo err >&2; while [ ! -e "$0.never" ]; do sleep 0.05; read line < /dev/null; done', { restartPolicy: 'NEVER' }),
    });
    const live = await client.until<Logs>(logs, ({ pod }) => pod?.logs?.length === 2);
    expect(live.pod.logs?.map(({ text, stream, attempt }) => [text, stream, attempt]).sort()).toEqual([
      ['err', 'stderr', 0],
      ['out', 'stdout', 0],
    ]);
    await client.ask(createPod, { input: shellPod('ended', 'echo last words; exit 7', { restartPolicy: 'NEVER' }) });
    const after = await client.until<Logs>(logs.replace('talks', 'ended'), ({ pod }) => pod?.status.phase === 'FAILED');
    expect(after.pod.logs?.map(({ text }) => text)).toEqual(['last words']);
    await deleteEverything(client);
  }, 90_000);

  test('a pod of the name of one that was removed at once starts afresh; its uid is used up', async () => {
    const podql = await start();
    const client = podql.client();
    const uid = systemIdentity.uid();
    type Seen = { pod: { uid: string; status: { phase: string; containerStatuses: { restartCount: number }[] } } };
    const seen = '{ pod(name: "web") { uid status { phase containerStatuses { restartCount } } } }';
    // It does not end when asked to, so that it is still there when the second comes.
    const input = shellPod('web', "trap '' TERM; while true; do sleep 1; done", { restartPolicy: 'NEVER' }, { uid });
    await client.ask(createPod, { input });
    await client.until<Seen>(seen, ({ pod }) => pod.status.phase === 'RUNNING');
    await client.ask('mutation { deletePod(input: { name: "web", gracePeriodSeconds: 0 }) { pod { name } } }');

    const again = await client.send(createPod, { input });
    expect(again.errors?.[0]).toMatchObject({
      message: expect.stringContaining(`uid ${uid} was that of pod default/web, which was deleted and does not come back`),
      extensions: { code: 'ALREADY_EXISTS', outcome: 'notApplied', details: { uid } },
    });
    await client.ask(createPod, { input: { ...input, uid: undefined } });
    const { pod } = await client.until<Seen>(seen, (data) => data.pod.status.phase === 'RUNNING');
    expect(pod.uid).not.toBe(uid);
    expect(pod.status.containerStatuses).toEqual([{ restartCount: 0 }]);
    await deleteEverything(client);
  }, 90_000);
});
