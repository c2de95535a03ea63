import { readdirSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { DockerCluster } from '../support/docker/cluster';
import { describeWithDocker } from '../support/docker/docker-binary';
import { busyboxShell, podManifest, stayScript } from '../support/docker/manifests';
import { eventually } from '../support/eventually';
import { freePort } from '../support/podql-process';

const megabyte = 1_000_000;

describeWithDocker('what pods share with the machine of a Docker Engine', () => {
  let cluster: DockerCluster;

  beforeAll(async () => {
    cluster = await DockerCluster.start();
  }, 120_000);

  afterAll(() => cluster.dispose(), 60_000);

  test("with hostNetwork the machine's name, address and ports are the pod's", async () => {
    const port = await freePort();
    const script = `hostname; mkdir /www; echo here > /www/word; exec httpd -f -p 127.0.0.1:${port} -h /www`;
    await cluster.apply(podManifest('on-host', { spec: 'hostNetwork: true', container: busyboxShell(script) }));
    const { status } = await cluster.untilPhase('on-host', 'RUNNING');
    expect(status.podIP).toBe(status.hostIP);
    const words = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/word`)).text();
    await eventually(() => words().then((text) => text === 'here\n', () => false), 'an answer of the pod');
    expect(await cluster.lines('on-host')).toEqual([hostname()]);
  }, 120_000);

  test('a pod past its deadline is ended, whatever its policy, and nothing of it runs on', async () => {
    await cluster.apply(podManifest('late', { spec: 'restartPolicy: Always\nactiveDeadlineSeconds: 1\nterminationGracePeriodSeconds: 5', container: busyboxShell(stayScript) }));
    const { uid, status } = await cluster.untilPhase('late', 'FAILED');
    expect(status).toMatchObject({ reason: 'DeadlineExceeded', containerStatuses: [{ restartCount: 0, state: { kind: 'ContainerTerminated', exitCode: 0 } }] });
    await eventually(async () => !(await cluster.engine.api.containers({ all: false })).some((name) => name.includes(uid)), 'an engine in which nothing of the pod runs');
  }, 120_000);

  test('what a container writes takes 30 MB at most, and its last lines can be read', async () => {
    const script = 'yes "$(printf "%099d" 0)" | head -n 450000; echo the last line';
    await cluster.apply(podManifest('talks', { spec: 'restartPolicy: Never', container: busyboxShell(script) }));
    const { containerID } = await cluster.ended('talks');
    const { LogPath } = await cluster.engine.api.inspect(containerID!.replace('docker://', ''));
    const sizes = readdirSync(dirname(LogPath)).flatMap((file) => (file.includes('-json.log') ? [statSync(join(dirname(LogPath), file)).size] : []));
    expect(sizes.length).toBe(3);
    expect(Math.max(...sizes)).toBeLessThan(10.6 * megabyte);
    const lines = await cluster.lines('talks');
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.at(-1)).toBe('the last line');
  }, 120_000);
});
