import { readFileSync } from 'node:fs';
import { systemIdentity } from '../../../src/base/identity';
import { labelNames } from '../../../src/kubelet/runtime/docker/labels';
import type { ContainerRuntime } from '../../../src/kubelet/runtime/runtime';
import { aContainer, aPodSpec } from '../../support/builders';
import { describeWithDocker } from '../../support/docker/docker-binary';
import { openDockerRuntime } from '../../support/docker/docker-runtime';
import { DockerEngine } from '../../support/docker/engine';
import { EngineProxy } from '../../support/docker/engine-proxy';
import { eventually } from '../../support/eventually';
import { temporaryFolder } from '../../support/temporary-folder';

/** CAP_SYS_RESOURCE: containers, in which tests may run, usually lack it. */
const maySpare = (BigInt(`0x${/^CapBnd:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`) >> 24n) % 2n === 1n;

describeWithDocker('a GUARANTEED container', () => {
  let engine: DockerEngine;
  let proxy: EngineProxy;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let runtime: ContainerRuntime;

  async function begin(lacks?: string): Promise<void> {
    engine = await DockerEngine.start({ lacks });
    proxy = await EngineProxy.start(engine);
    folder = await temporaryFolder('oom-scores');
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
