import type { Container } from '../../src/api/pod';
import type { ContainerConfig, ContainerRecord, ContainerRuntime, RuntimeCapabilities } from '../../src/kubelet/runtime/runtime';
import { systemIdentity } from '../../src/base/identity';
import { aContainer, aPodSpec } from '../support/builders';
import { scriptAnnotationPrefix } from '../../src/kubelet/runtime/fake/script';

/** One machine on which runtimes come and go. */
export interface RuntimeHarness {
  /** An open runtime over what is there, as a new podql process would have it. */
  open(): Promise<ContainerRuntime>;
  /** The process that had this runtime is gone; what it started is not. */
  abandon(runtime: ContainerRuntime): Promise<void>;
  /** Lets time pass until the condition holds; fails when it never does. */
  until(condition: () => Promise<boolean>): Promise<void>;
  dispose(): Promise<void>;
}

export type RuntimeInvariant = 'R1' | 'R2' | 'R3' | 'R4' | 'R5' | 'R6' | 'R7' | 'R8' | 'R9' | 'R10' | 'R11';

export interface RuntimeContractOptions {
  readonly name: string;
  readonly create: () => Promise<RuntimeHarness>;
  readonly capabilities: Partial<RuntimeCapabilities>;
  /** What the suite's containers are made of: it needs /bin/sh and sleep. Default "host". */
  readonly image?: string;
  /** Programs are the first process of their container. */
  readonly firstProcess?: boolean;
  readonly skip: readonly { readonly id: RuntimeInvariant; readonly reason: string }[];
}

/** What a container does, said twice: as a command for runtimes that run something, as a script for the fake one. */
interface Program {
  readonly container?: Partial<Container>;
  readonly step: Readonly<Record<string, unknown>>;
}

/** What the suite's pods share. */
const spec = aPodSpec({ volumes: [{ name: 'scratch', emptyDir: { medium: '', sizeLimit: null }, hostPath: null }] });

const shell = (script: string): Partial<Container> => ({ command: ['/bin/sh', '-c', script] });
const plainForever: Program = { container: shell('echo ready; exec sleep 100000'), step: { run: 'forever', logs: ['ready'], stopExit: 143 } };
/** The kernel spares the first process of a container what it has no handler for: it has to end as if by the signal. */
const firstForever: Program = { ...plainForever, container: shell('trap "exit 143" TERM; echo ready; while :; do sleep 0.01; done') };
const polite: Program = {
  container: shell('trap "exit 7" TERM; echo ready; while :; do sleep 0.01; done'),
  step: { run: 'forever', logs: ['ready'], stopExit: 7 },
};
const deaf: Program = {
  container: shell('trap "" TERM; echo ready; while :; do sleep 0.01; done'),
  step: { run: 'forever', logs: ['ready'], ignoreTerm: true },
};
const exits = (code: number): Program => ({ container: shell(`exit ${code}`), step: { exit: code } });
/** By a shell of its own: the first process of a container cannot kill itself. */
const killsItself: Program = { container: shell('sh -c "kill -KILL \\$\\$"; exit $?'), step: { signal: 9 } };
const prints = (...lines: string[]): Program => ({ container: { command: ['/bin/sh', '-c', 'for line; do echo "$line"; done; exec sleep 100000', 'sh', ...lines] }, step: { run: 'forever', logs: lines } });
const missing: Program = {
  container: { command: ['/no/such/program'] },
  step: { startError: 'program /no/such/program does not exist', code: 127 },
};

export function describeRuntimeContract(options: RuntimeContractOptions): void {
  const forever = options.firstProcess ? firstForever : plainForever;
  const skipped = new Map(options.skip.map(({ id, reason }) => [id, reason]));

  describe(`runtime contract: ${options.name}`, () => {
    let home: RuntimeHarness;
    let runtime: ContainerRuntime;
    let podUid: string;

    beforeEach(async () => {
      home = await options.create();
      runtime = await home.open();
      podUid = await aSandbox();
    });

    afterEach(async () => {
      await clear(runtime);
      await runtime.close();
      await home.dispose();
    });

    function check(id: RuntimeInvariant, behaviour: string, body: () => Promise<void>): void {
      const reason = skipped.get(id);
      if (reason === undefined) test(`${id}: ${behaviour}`, body);
      else test.skip(`${id}: ${behaviour} (skipped: ${reason})`, body);
    }

    async function aSandbox(uid = systemIdentity.uid()): Promise<string> {
      await runtime.ensureSandbox({
        podUid: uid,
        namespace: 'default',
        podName: `web-${uid.slice(0, 5)}`,
        spec,
        hostname: null,
      });
      return uid;
    }

    function config(program: Program, more: { attempt?: number; uid?: string; name?: string; notes?: Record<string, string> } = {}): ContainerConfig {
      const { attempt = 0, uid = podUid, name = 'main', notes = {} } = more;
      return {
        identity: { podUid: uid, containerName: name, attempt, init: false },
        namespace: 'default',
        podName: `web-${uid.slice(0, 5)}`,
        container: aContainer({ name, image: options.image ?? 'host', imagePullPolicy: 'IF_NOT_PRESENT', ...program.container }),
        spec,
        extraEnv: {},
        notes,
        annotations: { [scriptAnnotationPrefix + name]: JSON.stringify([program.step]) },
      };
    }

    async function run(program: Program, more: Parameters<typeof config>[1] = {}): Promise<string> {
      const { id } = await runtime.create(config(program, more));
      await runtime.start(id);
      return id;
    }

    /** Running, and so far that it has set up how it takes signals. */
    async function runReady(program: Program, more: Parameters<typeof config>[1] = {}): Promise<string> {
      const id = await run(program, more);
      await home.until(async () => (await runtime.logs(id, { tailLines: 1 })).some((line) => line.text === 'ready'));
      return id;
    }

    async function ended(id: string): Promise<ContainerRecord> {
      await home.until(async () => (await runtime.inspect(id))?.phase === 'exited');
      return present(await runtime.inspect(id));
    }

    /** Waits for a promise while time passes. */
    async function settled<T>(work: Promise<T>): Promise<T> {
      let done = false;
      const watched = work.finally(() => (done = true));
      watched.catch(() => undefined);
      await home.until(async () => done);
      return watched;
    }

    async function reopen(): Promise<void> {
      await home.abandon(runtime);
      runtime = await home.open();
    }

    async function clear(last: ContainerRuntime): Promise<void> {
      for (const record of await last.list()) await settled(last.stop(record.id, 0));
      for (const sandbox of await last.listSandboxes()) await last.removeSandbox(sandbox.podUid);
    }

    test('says what it can do', () => {
      expect(runtime.capabilities).toMatchObject(options.capabilities);
    });

    check('R1', 'a runtime that opens later finds every container with all that its record says', async () => {
      const notes = { backoff: '3', 'spec-hash': 'äöü "quoted"' };
      await runtime.create(config(forever, { name: 'created', notes }));
      const running = await runReady(forever, { name: 'running', notes });
      const exited = await ended(await run(exits(3), { name: 'exited', notes }));
      const before = await runtime.list();
      await reopen();
      const after = await runtime.list();
      expect(byId(after)).toEqual(byId(before));
      expect(after.map((record) => [record.identity.containerName, record.phase]).sort()).toEqual([
        ['created', 'created'],
        ['exited', 'exited'],
        ['running', 'running'],
      ]);
      for (const record of after) expect(record).toMatchObject({ notes, namespace: 'default', podName: `web-${podUid.slice(0, 5)}`, image: options.image ?? 'host' });
      expect(await runtime.inspect(running)).toMatchObject({ identity: { podUid, containerName: 'running', attempt: 0, init: false } });
      expect(await runtime.inspect(exited.id)).toEqual(exited);
      expect((await runtime.listSandboxes()).map((sandbox) => sandbox.podUid)).toEqual([podUid]);
    });

    check('R2', 'an identity that exists is refused, also after a restart, also at the same moment', async () => {
      await runtime.create(config(forever));
      await expect(runtime.create(config(forever))).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
      await reopen();
      await expect(runtime.create(config(forever))).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
      const racers = await Promise.allSettled([1, 2, 3, 4].map(() => runtime.create(config(forever, { attempt: 1 }))));
      expect(racers.filter((racer) => racer.status === 'fulfilled')).toHaveLength(1);
      expect(await runtime.list()).toHaveLength(2);
    });

    check('R2', 'starting twice starts once', async () => {
      const id = await run(forever);
      const first = await runtime.inspect(id);
      await Promise.all([runtime.start(id), runtime.start(id)]);
      await reopen();
      await runtime.start(id);
      expect(await runtime.inspect(id)).toEqual(first);
      const { id: racing } = await runtime.create(config(prints('once'), { attempt: 1 }));
      await Promise.all([runtime.start(racing), runtime.start(racing), runtime.start(racing)]);
      await home.until(async () => (await runtime.logs(racing, { tailLines: 10 })).length > 0);
      expect((await runtime.logs(racing, { tailLines: 10 })).map((line) => line.text)).toEqual(['once']);
    });

    check('R2', 'a container that has ended is not started again', async () => {
      const { id, exit } = await ended(await run(exits(5)));
      await runtime.start(id);
      expect((await runtime.inspect(id))?.exit).toEqual(exit);
    });

    check('R2', 'a container needs its sandbox', async () => {
      await expect(runtime.create(config(forever, { uid: systemIdentity.uid() }))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    check('R3', 'a stop asks politely and lets the program choose its code', async () => {
      const id = await runReady(polite);
      await settled(runtime.stop(id, 60));
      expect(await runtime.inspect(id)).toMatchObject({ phase: 'exited', exit: { exitCode: 7, signal: null, reason: 'Error' } });
    });

    check('R3', 'a program without a handler ends by the signal', async () => {
      const id = await runReady(forever);
      await settled(runtime.stop(id, 60));
      expect((await runtime.inspect(id))?.exit).toMatchObject({ exitCode: 143, signal: 15, reason: 'Error' });
    });

    check('R3', 'who does not listen is killed after the grace', async () => {
      const id = await runReady(deaf);
      await settled(runtime.stop(id, 0.3));
      expect((await runtime.inspect(id))?.exit).toMatchObject({ exitCode: 137, signal: 9, reason: 'Error' });
    });

    check('R3', 'a second stop may be less patient than the first', async () => {
      const id = await runReady(deaf);
      const patient = runtime.stop(id, 100_000);
      await settled(runtime.stop(id, 0));
      await settled(patient);
      expect((await runtime.inspect(id))?.phase).toBe('exited');
    });

    check('R3', 'stop is idempotent', async () => {
      const id = await runReady(forever);
      await settled(Promise.all([runtime.stop(id, 60), runtime.stop(id, 60)]));
      const first = await runtime.inspect(id);
      await runtime.stop(id, 60);
      expect(await runtime.inspect(id)).toEqual(first);
      const { id: never } = await runtime.create(config(forever, { attempt: 1 }));
      await runtime.stop(never, 60);
      expect((await runtime.inspect(never))?.exit).toBeNull();
    });

    check('R4', 'code, signal, reason and times are the true ones', async () => {
      const done = await ended(await run(exits(0), { name: 'done' }));
      const failed = await ended(await run(exits(42), { name: 'failed' }));
      const killed = await ended(await run(killsItself, { name: 'killed' }));
      expect([done, failed, killed].map(({ exit }) => [exit?.exitCode, exit?.signal, exit?.reason])).toEqual([
        [0, null, 'Completed'],
        [42, null, 'Error'],
        [137, 9, 'Error'],
      ]);
      for (const { createdAt, startedAt, exit } of [done, failed, killed]) {
        expect(startedAt).toBeGreaterThanOrEqual(createdAt);
        expect(exit?.finishedAt).toBeGreaterThanOrEqual(startedAt ?? Infinity);
      }
    });

    check('R4', 'an end while nobody looked is known afterwards, and stays as it was', async () => {
      const id = await runReady(forever, { name: 'witness' });
      const ending = await run(exits(42));
      await home.abandon(runtime);
      runtime = await home.open();
      const record = await ended(ending);
      expect(record.exit).toMatchObject({ exitCode: 42, reason: 'Error' });
      await reopen();
      expect(await runtime.inspect(ending)).toEqual(record);
      expect((await runtime.inspect(id))?.phase).toBe('running');
    });

    check('R5', 'logs are read while it runs, after it ended and after a restart', async () => {
      const id = await run(prints('one', 'two', 'drei ✓', 'four'));
      await home.until(async () => (await runtime.logs(id, { tailLines: 10 })).length === 4);
      const lines = await runtime.logs(id, { tailLines: 10 });
      expect(lines.map(({ text, stream, attempt }) => [text, stream, attempt])).toEqual(['one', 'two', 'drei ✓', 'four'].map((text) => [text, 'stdout', 0]));
      for (const { time } of lines) expect(new Date(time).toISOString()).toBe(time);
      expect((await runtime.logs(id, { tailLines: 2 })).map((line) => line.text)).toEqual(['drei ✓', 'four']);
      expect(await runtime.logs(id, { tailLines: 0 })).toEqual([]);
      await settled(runtime.stop(id, 0));
      await reopen();
      expect((await runtime.logs(id, { tailLines: 10 })).map((line) => line.text)).toEqual(['one', 'two', 'drei ✓', 'four']);
    });

    check('R6', 'after remove nothing of the container is left, and its identity is free', async () => {
      const { id } = await ended(await run(exits(1)));
      await runtime.remove(id);
      expect(await runtime.inspect(id)).toBeNull();
      expect(await runtime.list()).toEqual([]);
      expect(await runtime.logs(id, { tailLines: 10 })).toEqual([]);
      await runtime.create(config(exits(1)));
      await reopen();
      expect((await runtime.list()).map((record) => record.phase)).toEqual(['created']);
    });

    check('R6', 'after removeSandbox nothing of the pod is left and others are untouched', async () => {
      const other = await aSandbox();
      await runtime.create(config(forever));
      await ended(await run(exits(1), { attempt: 1 }));
      await runtime.create(config(forever, { uid: other }));
      await runtime.removeSandbox(podUid);
      await reopen();
      expect((await runtime.list()).map((record) => record.identity.podUid)).toEqual([other]);
      expect((await runtime.listSandboxes()).map((sandbox) => sandbox.podUid)).toEqual([other]);
    });

    check('R6', 'what still runs is not removed', async () => {
      const id = await runReady(forever);
      await expect(runtime.remove(id)).rejects.toMatchObject({ code: 'INVALID' });
      await expect(runtime.removeSandbox(podUid)).rejects.toMatchObject({ code: 'INVALID' });
      expect((await runtime.inspect(id))?.phase).toBe('running');
    });

    check('R7', 'what is gone already is no error, except for verbs that need it', async () => {
      const { id } = await runtime.create(config(forever));
      await runtime.remove(id);
      await runtime.remove(id);
      await runtime.stop(id, 1);
      await runtime.removeSandbox(podUid);
      await runtime.removeSandbox(podUid);
      expect(await runtime.inspect(id)).toBeNull();
      expect(await runtime.logs(id, { tailLines: 1 })).toEqual([]);
      await expect(runtime.start(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(runtime.exec(id, ['true'], 1)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    check('R8', 'what cannot be started ends as StartError with code and cause', async () => {
      const id = await run(missing);
      const record = present(await runtime.inspect(id));
      expect(record).toMatchObject({ phase: 'exited', startedAt: null, containerID: null });
      expect(record.exit).toMatchObject({ exitCode: 127, signal: null, reason: 'StartError', message: 'program /no/such/program does not exist' });
      await reopen();
      expect(await runtime.inspect(id)).toEqual(record);
    });

    check('R8', 'what was created in a sandbox that is lost never was; where none can be lost, it runs', async () => {
      const { id } = await runtime.create(config(forever));
      await runtime.stopSandbox(podUid);
      await aSandbox(podUid);
      if (runtime.capabilities.podNetwork) {
        await expect(runtime.start(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
        expect(await runtime.list()).toEqual([]);
        expect(await run(forever)).not.toBe(id);
      } else await runtime.start(id);
      expect(await runtime.list()).toMatchObject([{ phase: 'running', identity: { attempt: 0 } }]);
    });

    check('R9', 'a volume survives container restarts and goes with the sandbox', async () => {
      const mounted = (script: string): Program => ({
        container: { ...shell(script), volumeMounts: [{ name: 'scratch', mountPath: '/scratch', readOnly: false, subPath: null }] },
        step: {},
      });
      const file = '"${PODQL_VOLUME_SCRATCH:-/scratch}/kept"';
      expect((await ended(await run(mounted(`echo kept >${file}`)))).exit?.exitCode).toBe(0);
      await reopen();
      await ended(await run(mounted(`grep -qx kept ${file}`), { attempt: 1 }));
      expect((await runtime.inspect((await runtime.list()).find((r) => r.identity.attempt === 1)?.id ?? ''))?.exit?.exitCode).toBe(0);
      const names = { uid: podUid };
      await runtime.removeSandbox(podUid);
      await runtime.ensureSandbox({ podUid, namespace: 'default', podName: 'web', spec, hostname: null });
      expect((await ended(await run(mounted(`test ! -e ${file}`), names))).exit?.exitCode).toBe(0);
    });

    check('R9', 'ensureSandbox is idempotent', async () => {
      const again = await runtime.ensureSandbox({ podUid, namespace: 'default', podName: `web-${podUid.slice(0, 5)}`, spec: aPodSpec(), hostname: null });
      expect(await runtime.listSandboxes()).toEqual([again]);
    });

    check('R10', 'a listener hears of a start and of an end, also of what an earlier runtime started, until it leaves', async () => {
      const heard = new Set<string>();
      const leave = runtime.onChange((id) => heard.add(id));
      const id = await run(polite);
      expect([...heard]).toEqual([id]);
      await home.until(async () => (await runtime.logs(id, { tailLines: 1 })).length > 0);
      leave();
      heard.clear();
      const unheard = await ended(await run(exits(0), { name: 'unheard' }));
      expect(heard.has(unheard.id)).toBe(false);
      await reopen();
      runtime.onChange((changed) => heard.add(changed));
      await settled(runtime.stop(id, 60));
      await home.until(async () => heard.has(id));
    });

    check('R11', 'only what this runtime made is listed', async () => {
      const elsewhere = await options.create();
      const other = await elsewhere.open();
      try {
        await runReady(forever);
        expect(await other.list()).toEqual([]);
        expect(await other.listSandboxes()).toEqual([]);
      } finally {
        await other.close();
        await elsewhere.dispose();
      }
    });

    test('a closed runtime lets containers run on and answers nothing more', async () => {
      const id = await runReady(forever);
      const before = await runtime.inspect(id);
      await runtime.close();
      await expect(runtime.list()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      runtime = await home.open();
      expect(await runtime.inspect(id)).toEqual(before);
    });

    test('an exec answers the code of its command and leaves the container alone', async () => {
      const id = await runReady({ ...forever, step: { ...forever.step, exec: 4 } });
      expect(await runtime.exec(id, ['/bin/sh', '-c', 'exit 4'], 60)).toBe(4);
      expect((await runtime.inspect(id))?.phase).toBe('running');
    });

    test('an exec that takes too long rejects with TIMEOUT', async () => {
      const id = await runReady({ ...forever, step: { ...forever.step, exec: 'timeout' } });
      await expect(settled(runtime.exec(id, ['sleep', '100000'], 0.2))).rejects.toMatchObject({ code: 'TIMEOUT' });
    });

    test('an exec needs a running container', async () => {
      const { id } = await ended(await run(exits(0)));
      await expect(runtime.exec(id, ['true'], 1)).rejects.toMatchObject({ code: 'INVALID' });
    });
  });
}

function present(record: ContainerRecord | null): ContainerRecord {
  if (!record) throw new Error('the container is not there');
  return record;
}

function byId(records: readonly ContainerRecord[]): readonly ContainerRecord[] {
  return [...records].sort((a, b) => (a.id < b.id ? -1 : 1));
}
