import { readFileSync } from 'node:fs';
import { systemIdentity } from '../../../../../src/base/identity';
import { silentLogger } from '../../../../../src/base/logger';
import { EngineError } from '../../../../../src/kubelet/runtime/docker/faults';
import { labelNames } from '../../../../../src/kubelet/runtime/docker/labels';
import type { OomScoresOptions } from '../../../../../src/kubelet/runtime/docker/oom-scores';
import { OomScores } from '../../../../../src/kubelet/runtime/docker/oom-scores';
import type { ContainerRuntime } from '../../../../../src/kubelet/runtime/runtime';
import { aContainer, aPodSpec } from '../../../../support/builders';
import { describeWithDocker } from '../../../../support/docker/docker-binary';
import { openDockerRuntime } from '../../../../support/docker/docker-runtime';
import { DockerEngine } from '../../../../support/docker/engine';
import { EngineProxy } from '../../../../support/docker/engine-proxy';
import { eventually, temporaryDirectory } from '../process/support';

/** CAP_SYS_RESOURCE: containers, in which tests may run, usually lack it. */
const maySpare = (BigInt(`0x${/^CapBnd:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`) >> 24n) % 2n === 1n;

/** runc 1.1 says no more. */
const refusal = new EngineError('INTERNAL', "OCI runtime create failed: can't get final child's PID from pipe: EOF", 500, undefined);

describe('how far a container may be protected from being killed', () => {
  let answers: (Error | null)[];
  let tried: number[];
  const oomScores = (): OomScores => {
    const pauses = {
      run: (_name: string, options: { HostConfig: { OomScoreAdj: number } }) => {
        tried.push(options.HostConfig.OomScoreAdj);
        const answer = answers.shift();
        return answer ? Promise.reject(answer) : Promise.resolve({ id: 'trial', ip: null });
      },
      discard: () => Promise.resolve(),
    };
    return new OomScores({ pauses: pauses as unknown as OomScoresOptions['pauses'], pauseImage: () => 'pause', owner: { runtimeId: 'mine', nodeName: 'node-a' }, logger: silentLogger });
  };
  beforeEach(() => {
    answers = [];
    tried = [];
  });

  test('is not asked for what needs no protection, and is found out once for all', async () => {
    const scores = oomScores();
    expect(await scores.allowed(999)).toBe(999);
    expect(tried).toEqual([]);
    expect(await Promise.all([scores.allowed(-997), scores.allowed(-998)])).toEqual([-997, -998]);
    expect(await scores.allowed(-997)).toBe(-997);
    expect(tried).toEqual([-1]);
  });

  test('is not at all when the same starts without it', async () => {
    const scores = oomScores();
    answers.push(refusal);
    expect(await scores.allowed(-997)).toBe(0);
    expect(await scores.allowed(-997)).toBe(0);
    expect(tried).toEqual([-1, 0]);
  });

  test.each([
    ['the engine does not answer', [new EngineError('TIMEOUT', 'the engine did not start a container within 60 s', null, undefined)]],
    ['its disk is full', [new EngineError('DISK_FULL', 'no space left on device', 500, undefined)]],
    ['nothing starts', [refusal, refusal]],
  ])('is not known while %s, and is asked again', async (_why, errors) => {
    const scores = oomScores();
    answers.push(...errors);
    await expect(scores.allowed(-997)).rejects.toBe(errors.at(-1));
    expect(await scores.allowed(-997)).toBe(-997);
  });
});

describeWithDocker('a GUARANTEED container', () => {
  let engine: DockerEngine;
  let proxy: EngineProxy;
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  let runtime: ContainerRuntime;

  async function begin(lacks?: string): Promise<void> {
    engine = await DockerEngine.start({ lacks });
    proxy = await EngineProxy.start(engine);
    folder = await temporaryDirectory();
    runtime = await open();
  }

  afterEach(async () => {
    await runtime.close();
    await proxy.close();
    await engine.dispose();
    await folder.remove();
  }, 60_000);

  const open = (): Promise<ContainerRuntime> => openDockerRuntime(engine, folder.path, { host: proxy.dockerHost });

  async function score(): Promise<number> {
    const podUid = systemIdentity.uid();
    const all = { cpu: '100m', memory: '32Mi', pods: null };
    const resources = { requests: all, limits: all };
    const container = aContainer({ name: 'main', image: 'busybox', imagePullPolicy: 'IF_NOT_PRESENT', resources });
    const spec = aPodSpec({ containers: [container] });
    await runtime.ensureSandbox({ podUid, namespace: 'default', podName: 'web', spec, hostname: null });
    const { id } = await runtime.create({ identity: { podUid, containerName: 'main', attempt: 0, init: false }, namespace: 'default', podName: 'web', container, spec, extraEnv: {}, notes: {}, annotations: {} });
    const { HostConfig } = await engine.api.call<{ HostConfig: { OomScoreAdj: number } }>('GET', `/containers/${id}/json`);
    return HostConfig.OomScoreAdj;
  }

  const trials = async () => (await engine.api.containers()).filter((name) => name.startsWith('podql_trial_'));

  test('is protected where the engine may, also after it could not be found out', async () => {
    await begin();
    proxy.fate = (call) => (call.includes('podql_trial_') ? 'cut' : 'pass');
    await expect(score()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    proxy.fate = () => 'pass';
    expect(await score()).toBe(maySpare ? -997 : 0);
    expect(await trials()).toEqual([]);
  }, 60_000);

  test('is as others where the engine may not', async () => {
    await begin('sys_resource');
    expect(await score()).toBe(0);
    expect(await trials()).toEqual([]);
  }, 60_000);

  test('a trial that was left behind is removed, and becomes no sandbox', async () => {
    await begin();
    await score();
    const [{ Labels: labels = {} } = {}] = await engine.api.call<{ Labels: Record<string, string> }[]>('GET', '/containers/json?all=true');
    const left = { [labelNames.runtime]: labels[labelNames.runtime], [labelNames.role]: 'trial' };
    await engine.api.run({ name: 'podql_trial_left', command: ['sleep', '1000'], config: { Labels: left }, hostConfig: { NetworkMode: 'none' } });
    await runtime.close();
    runtime = await open();
    await eventually(async () => (await trials()).length === 0);
    expect(await runtime.listSandboxes()).toHaveLength(1);
  }, 60_000);
});
