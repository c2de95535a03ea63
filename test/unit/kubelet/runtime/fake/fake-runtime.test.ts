import { createFakeRuntime } from '../../../../../src/kubelet/runtime/fake/fake-runtime';
import { scriptAnnotationPrefix } from '../../../../../src/kubelet/runtime/fake/script';
import type { ContainerConfig } from '../../../../../src/kubelet/runtime/runtime';
import { aContainer, aPodSpec } from '../../../../support/builders';
import { FakeClock } from '../../../../support/fake-clock';

const podUid = 'pod-1';

function config(attempt: number, script?: unknown): ContainerConfig {
  return {
    identity: { podUid, containerName: 'main', attempt, init: false },
    namespace: 'default',
    podName: 'web',
    container: aContainer(),
    spec: aPodSpec(), extraEnv: {},
    notes: {},
    annotations: script === undefined ? {} : { [`${scriptAnnotationPrefix}main`]: JSON.stringify(script) },
  };
}

async function aRuntime(clock = new FakeClock()) {
  const runtime = createFakeRuntime({ clock });
  await runtime.open();
  await runtime.ensureSandbox({ podUid, namespace: 'default', podName: 'web', spec: aPodSpec(), hostname: null });
  return { clock, runtime };
}

test('each attempt follows its own step and the last step repeats', async () => {
  const { clock, runtime } = await aRuntime();
  const script = [{ runMs: 10, exit: 1 }, { exit: 0 }, { run: 'forever' }];
  for (const attempt of [0, 1, 2, 3]) {
    const { id } = await runtime.create(config(attempt, script));
    await runtime.start(id);
  }
  await clock.advance(10);
  const records = await runtime.list();
  expect(records.map((r) => [r.phase, r.exit?.exitCode, r.exit?.reason])).toEqual([
    ['exited', 1, 'Error'],
    ['exited', 0, 'Completed'],
    ['running', undefined, undefined],
    ['running', undefined, undefined],
  ]);
});

test('a container ends at the moment its script says and tells the listeners then', async () => {
  const { clock, runtime } = await aRuntime();
  const { id } = await runtime.create(config(0, [{ runMs: 1500, signal: 9, oom: true }]));
  await runtime.start(id);
  const heard: string[] = [];
  runtime.onChange((changed) => heard.push(changed));
  await clock.advance(1499);
  expect(heard).toEqual([]);
  await clock.advance(1);
  expect(heard).toEqual([id]);
  const record = await runtime.inspect(id);
  expect(record?.exit).toMatchObject({ exitCode: 137, signal: 9, reason: 'OOMKilled', oomKilled: true });
  expect(record?.exit?.finishedAt).toBe((record?.startedAt ?? 0) + 1500);
});

test('what ends while the process is dead has ended at its own time', async () => {
  const { clock, runtime } = await aRuntime();
  const { id } = await runtime.create(config(0, [{ runMs: 1000, exit: 42 }]));
  await runtime.start(id);
  const startedAt = clock.now();
  runtime.kill();
  await clock.advance(60_000);
  const next = createFakeRuntime({ clock, state: runtime.state });
  await next.open();
  expect((await next.inspect(id))?.exit).toMatchObject({ exitCode: 42, finishedAt: startedAt + 1000 });
  await expect(runtime.list()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

test('what still runs after a restart ends at its time with a call back', async () => {
  const { clock, runtime } = await aRuntime();
  const { id } = await runtime.create(config(0, [{ runMs: 1000, exit: 3 }]));
  await runtime.start(id);
  runtime.kill();
  const next = createFakeRuntime({ clock, state: runtime.state });
  await next.open();
  const heard: string[] = [];
  next.onChange((changed) => heard.push(changed));
  await clock.advance(1000);
  expect(heard).toEqual([id]);
});

test('one that ignores the polite request is killed when the grace is over', async () => {
  const { clock, runtime } = await aRuntime();
  const { id } = await runtime.create(config(0, [{ run: 'forever', ignoreTerm: true }]));
  await runtime.start(id);
  let stopped = false;
  const stopping = runtime.stop(id, 30).then(() => (stopped = true));
  await clock.advance(29_999);
  expect(stopped).toBe(false);
  await clock.advance(1);
  await stopping;
  expect((await runtime.inspect(id))?.exit).toMatchObject({ exitCode: 137, signal: 9 });
});

test('a second stop with a shorter grace shortens the wait', async () => {
  const { clock, runtime } = await aRuntime();
  const { id } = await runtime.create(config(0, [{ run: 'forever', ignoreTerm: true }]));
  await runtime.start(id);
  const first = runtime.stop(id, 30);
  await runtime.stop(id, 0);
  await first;
  expect(clock.monotonic()).toBe(0);
});

test('a start error is an exit with its code and cause', async () => {
  const { runtime } = await aRuntime();
  const { id } = await runtime.create(config(0, [{ startError: 'no such program', code: 127 }]));
  await runtime.start(id);
  expect(await runtime.inspect(id)).toMatchObject({
    phase: 'exited',
    startedAt: null,
    exit: { exitCode: 127, reason: 'StartError', message: 'no such program' },
  });
});

test.each(['{', '[]', '[{"exot": 1}]', '[{"exit": "1"}]', '[3]'])('the script %s is a start error that names the annotation', async (text) => {
  const { runtime } = await aRuntime();
  const { id } = await runtime.create({ ...config(0), annotations: { 'fake.podql.io/main': text } });
  await runtime.start(id);
  expect((await runtime.inspect(id))?.exit?.message).toContain('fake.podql.io/main');
});

test('a test can end a container, write its log and make a call fail', async () => {
  const { runtime } = await aRuntime();
  const { id } = await runtime.create(config(0, [{ run: 'forever', logs: ['hello'] }]));
  await runtime.start(id);
  runtime.writeLog(id, 'oh', 'stderr');
  runtime.exitContainer(id, 7, { message: 'by hand' });
  expect((await runtime.logs(id, { tailLines: 10 })).map((l) => `${l.stream} ${l.text}`)).toEqual(['stdout hello', 'stderr oh']);
  expect((await runtime.inspect(id))?.exit).toMatchObject({ exitCode: 7, message: 'by hand' });
  runtime.failNext('list');
  await expect(runtime.list()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await expect(runtime.list()).resolves.toHaveLength(1);
  expect(runtime.calls.filter((c) => c.verb === 'start')).toEqual([{ verb: 'start', subject: id }]);
});

test('an exec answers what the step says, or times out on the clock', async () => {
  const { clock, runtime } = await aRuntime();
  const { id } = await runtime.create(config(0, [{ run: 'forever', exec: 3 }, { run: 'forever', exec: 'timeout' }]));
  await runtime.start(id);
  await expect(runtime.exec(id, ['probe'], 1)).resolves.toBe(3);
  const slow = await runtime.create(config(1, [{ run: 'forever', exec: 'timeout' }]));
  await runtime.start(slow.id);
  const outcome = expect(runtime.exec(slow.id, ['probe'], 5)).rejects.toMatchObject({ code: 'TIMEOUT' });
  await clock.advance(5000);
  await outcome;
});

test('images named missing are refused, others admitted', async () => {
  const { runtime } = await aRuntime();
  expect(await runtime.admit(aContainer({ image: 'missing/web:1' }), { pulled: false })).toMatchObject({ reason: 'ErrImageNeverPull' });
  expect(await runtime.admit(aContainer({ image: 'web:1' }), { pulled: false })).toEqual({ verdict: 'admitted' });
});
