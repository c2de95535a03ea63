import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerCluster } from '../support/docker/cluster';
import { parseResolvConf, readNodeDns } from '../../src/kubelet/runtime/docker/dns';
import { describeWithDocker } from '../support/docker/docker-binary';
import { busyboxShell, jobsManifest, podManifest, stayScript } from '../support/docker/manifests';
import { eventually } from '../support/eventually';
import { freePort } from '../support/podql-process';
import { temporaryFolder } from '../support/temporary-folder';

/** Runs once and says what it found. */
const once = (name: string, script: string, more: { container?: string; spec?: string } = {}): string =>
  podManifest(name, { spec: `restartPolicy: Never\n${more.spec ?? ''}`, container: `${busyboxShell(script)}\n${more.container ?? ''}` });
/** Echoes its arguments after "entry"; alone "entry default". */
const echoing = 'echoing:1.0';
const serving = (name: string, port: string): string =>
  podManifest(name, { spec: 'terminationGracePeriodSeconds: 1', container: `${busyboxShell(`mkdir /www; echo ${name} > /www/word; exec httpd -f -p 80 -h /www`)}\nports: [${port}]` });
/** A page that writes down who asked for it. */
const answering = `mkdir -p /www/cgi-bin; cat > /www/cgi-bin/bye <<'END'
#!/bin/sh
echo "told $REMOTE_ADDR" >> /host/told
echo Content-Type: text/plain
echo
END
chmod +x /www/cgi-bin/bye;`;
const fallback = 'terminationMessagePolicy: FallbackToLogsOnError';

const messages: readonly [name: string, script: string, container: string, message: string | null][] = [
  ['tm-file', 'printf DONE > /dev/termination-log', '', 'DONE'],
  ['tm-custom', 'id -u; printf DONE > /dev/termination-custom-log', 'terminationMessagePath: /dev/termination-custom-log\nsecurityContext: {runAsUser: 1000}', 'DONE'],
  ['tm-long', 'head -c 5000 /dev/zero | tr "\\0" x > /dev/termination-log; printf END >> /dev/termination-log', '', `${'x'.repeat(4093)}END`],
  ['tm-failed', 'echo first; echo DONE; exit 1', fallback, 'first\nDONE'],
  ['tm-succeeded', 'echo DONE', fallback, null],
  ['tm-both', 'echo no; printf OK > /dev/termination-log', fallback, 'OK'],
];

describeWithDocker('what a container of a pod gets from a Docker Engine', () => {
  let cluster: DockerCluster;
  let shared: Awaited<ReturnType<typeof temporaryFolder>>;
  let hostPort: number;

  beforeAll(async () => {
    [cluster, shared, hostPort] = await Promise.all([DockerCluster.start(), temporaryFolder('host-path'), freePort()]);
    mkdirSync(join(shared.path, 'www'));
    await makeEchoing();
    await cluster.apply(manifests().join('\n'));
  }, 120_000);

  afterAll(async () => {
    await cluster.dispose();
    await shared.remove();
  }, 60_000);

  async function makeEchoing(): Promise<void> {
    const { api } = cluster.engine;
    const changes = encodeURIComponent('ENTRYPOINT ["echo", "entry"]\nCMD ["default"]');
    await api.call('POST', `/commit?container=${await api.create()}&repo=echoing&tag=1.0&changes=${changes}`, { body: {} });
  }

  const manifests = (): string[] => [
    jobsManifest('messages', Object.fromEntries(messages.map(([name, script, container]) => [name, `${busyboxShell(script)}\n${container}`]))),
    jobsManifest('words', {
      neither: `image: ${echoing}`,
      'args-only': `image: ${echoing}\nargs: [one, two]`,
      'command-only': `image: ${echoing}\ncommand: [echo, command]`,
      both: `image: ${echoing}\ncommand: [echo, command]\nargs: [one]`,
    }),
    once('variables', 'echo "$GREETING"; echo "$PLAIN"; echo "$@"', {
      container: 'args: [sh, "$(WHO)", "$$(WHO)", "$(NOBODY)"]\nenv:\n- {name: WHO, value: you}\n- {name: GREETING, value: "hello $(WHO)"}\n- {name: PLAIN, value: "$$(WHO)"}',
    }),
    serving('first-server', `{containerPort: 80, hostPort: ${hostPort}}`),
    serving('second-server', '{containerPort: 80}'),
    once('host-path', 'cat /host/given; echo written > /host/taken', {
      spec: `volumes: [{name: host, hostPath: {path: ${shared.path}/made, type: DirectoryOrCreate}}]`,
      container: 'volumeMounts: [{name: host, mountPath: /host}]',
    }),
    once('as-user', 'id -u; id -g; id -G; touch /scratch/x && stat -c %g /scratch/x', {
      spec: 'securityContext: {runAsUser: 1000, runAsGroup: 2000, supplementalGroups: [3000], fsGroup: 4000}\nvolumes: [{name: scratch, emptyDir: {}}]',
      container: 'volumeMounts: [{name: scratch, mountPath: /scratch}]',
    }),
    once('as-group', 'id -u; id -g', { container: 'securityContext: {runAsGroup: 3000}' }),
    once('writes', 'id -u; touch /db/x /cache/x && stat -c "%a %g" /db /cache', {
      spec: 'securityContext: {runAsUser: 1000, runAsGroup: 1000, fsGroup: 4000}\nvolumes: [{name: disk, emptyDir: {}}, {name: memory, emptyDir: {medium: Memory}}]',
      container: 'volumeMounts: [{name: disk, mountPath: /db, subPath: made/db}, {name: memory, mountPath: /cache}]',
    }),
    once('only-server', 'cat /etc/resolv.conf', { spec: 'dnsPolicy: None\ndnsConfig: {nameservers: [10.1.2.3]}' }),
    once('more-servers', 'cat /etc/resolv.conf', { spec: 'dnsConfig: {nameservers: [10.1.2.3], searches: [svc.example]}' }),
    once('not-root', 'true', { container: 'securityContext: {runAsNonRoot: true}' }),
    once('read-only', 'touch /x 2>/dev/null || echo read-only; touch /scratch/x && echo writable', {
      spec: 'volumes: [{name: scratch, emptyDir: {}}]',
      container: 'securityContext: {readOnlyRootFilesystem: true}\nvolumeMounts: [{name: scratch, mountPath: /scratch}]',
    }),
    once('too-large', 'exec tail /dev/zero', { container: 'resources: {limits: {memory: 32Mi}}' }),
    once('shot', 'sleep 1000'),
    podManifest('no-program', { spec: 'restartPolicy: Never', container: 'image: busybox:1.36\ncommand: [/no/such/program]' }),
    once('names', 'hostname; cat /etc/resolv.conf /etc/hosts', {
      spec: 'hostname: called-so\ndnsPolicy: None\ndnsConfig: {nameservers: [10.1.2.3], searches: [svc.example], options: [{name: ndots, value: "2"}]}\nhostAliases: [{ip: 10.9.9.9, hostnames: [db.example, db]}]',
    }),
    podManifest('again', {
      spec: 'restartPolicy: OnFailure\nvolumes: [{name: count, emptyDir: {}}]',
      container: `${busyboxShell('echo x >> /count/runs; echo run $(wc -l < /count/runs); [ $(wc -l < /count/runs) -ge 3 ]')}\nvolumeMounts: [{name: count, mountPath: /count}]`,
    }),
    podManifest('leaves', {
      spec: `volumes: [{name: memory, emptyDir: {medium: Memory}}, {name: disk, emptyDir: {}}]\ninitContainers:\n- name: side\n  image: busybox:1.36\n  restartPolicy: Always\n  command: [sh, -c, ${JSON.stringify(stayScript)}]`,
      container: `${busyboxShell(`echo up > /disk/up; ${stayScript}`)}\nvolumeMounts: [{name: memory, mountPath: /memory}, {name: disk, mountPath: /disk}]`,
    }),
    podManifest('says-goodbye', {
      spec: `volumes: [{name: host, hostPath: {path: ${shared.path}/www, type: Directory}}]`,
      container: `${busyboxShell('trap "echo asked >> /host/goodbye; exit 0" TERM; sleep 100000 & wait')}\nvolumeMounts: [{name: host, mountPath: /host}]\nlifecycle: {preStop: {exec: {command: [sh, -c, "sleep 1; echo prepared >> /host/goodbye"]}}}`,
    }),
    podManifest('is-told', {
      spec: `volumes: [{name: host, hostPath: {path: ${shared.path}/www, type: Directory}}]`,
      container: `${busyboxShell(`${answering} httpd -p 80 -h /www; ${stayScript}`)}\nvolumeMounts: [{name: host, mountPath: /host}]\nlifecycle: {preStop: {httpGet: {path: /cgi-bin/bye, port: 80}}}`,
    }),
  ];

  test.each(messages)('termination message: %s', async (name, _script, _container, message) => {
    expect((await cluster.ended('messages', name)).state).toMatchObject({ kind: 'ContainerTerminated', message });
  }, 120_000);

  test.each([
    ['neither', 'entry default'],
    ['args-only', 'entry one two'],
    ['command-only', 'command'],
    ['both', 'command one'],
  ])('command and args: %s', async (container, line) => {
    expect((await cluster.ended('words', container)).state).toMatchObject({ exitCode: 0 });
    expect(await cluster.lines('words', { container })).toEqual([line]);
  }, 120_000);

  test('$(VAR) is filled in, $$(VAR) is not, and what nobody knows stays', async () => {
    await cluster.ended('variables');
    expect(await cluster.lines('variables')).toEqual(['hello you', '$(WHO)', 'you $(WHO) $(NOBODY)']);
  }, 120_000);

  test('two pods have one port each at their own address, and a hostPort is reached at the node', async () => {
    const word = async (address: string): Promise<string> => {
      let said = '';
      await eventually(async () => (said = await fetch(`http://${address}/word`).then((answer) => answer.text(), () => '')) !== '', `an answer of ${address}`);
      return said.trim();
    };
    const [first, second] = [await cluster.untilPhase('first-server', 'RUNNING'), await cluster.untilPhase('second-server', 'RUNNING')];
    expect(await word(`${first.status.podIP}`)).toBe('first-server');
    expect(await word(`${second.status.podIP}`)).toBe('second-server');
    expect(await word(`127.0.0.1:${hostPort}`)).toBe('first-server');
  }, 120_000);

  test("a hostPath is the machine's own folder", async () => {
    await cluster.ended('host-path');
    expect(readFileSync(join(shared.path, 'made/taken'), 'utf8')).toBe('written\n');
  }, 120_000);

  test('user, groups, and who owns a volume', async () => {
    expect((await cluster.ended('as-user')).state).toMatchObject({ exitCode: 0 });
    const [user, group, groups, owner] = await cluster.lines('as-user');
    expect([user, group, owner]).toEqual(['1000', '2000', '4000']);
    expect(groups?.split(' ').sort()).toEqual(['2000', '3000', '4000']);
  }, 120_000);

  test('with a group alone runs as the user of its image', async () => {
    await cluster.ended('as-group');
    expect(await cluster.lines('as-group')).toEqual(['0', '3000']);
  }, 120_000);

  test('who is not root may write where fsGroup may: into a sub-path that was made, and into memory', async () => {
    expect((await cluster.ended('writes')).state).toMatchObject({ exitCode: 0 });
    expect(await cluster.lines('writes')).toEqual(['1000', '2777 4000', '3777 4000']);
  }, 120_000);

  test('a name server of its own is asked alone with None, else after those of the node', async () => {
    await cluster.ended('only-server');
    const words = (line: string): boolean => line !== '' && !line.startsWith('#');
    expect((await cluster.lines('only-server')).filter(words)).toEqual(['nameserver 10.1.2.3', 'options ndots:1']);
    await cluster.ended('more-servers');
    const { nameservers, searches } = await readNodeDns();
    const said = parseResolvConf((await cluster.lines('more-servers')).join('\n'));
    expect(said.nameservers).toEqual([...nameservers, '10.1.2.3'].slice(0, 3));
    expect(said.searches).toEqual([...searches, 'svc.example']);
  }, 120_000);

  test('who may not be root is not made root by the image, and the reason is shown', async () => {
    const pod = await cluster.until('not-root', ({ status: { containerStatuses: [only] } }) => only?.state.reason === 'CreateContainerConfigError');
    expect(pod.status).toMatchObject({ phase: 'PENDING', containerStatuses: [{ restartCount: 0, state: { kind: 'ContainerWaiting', reason: 'CreateContainerConfigError', message: expect.stringMatching(/runAsNonRoot, but image busybox:1.36 runs as root/) as string } }] });
  }, 120_000);

  test('a root file system that is read-only has volumes that are not', async () => {
    await cluster.ended('read-only');
    expect(await cluster.lines('read-only')).toEqual(['read-only', 'writable']);
  }, 120_000);

  test('who takes more memory than its limit is OOMKilled; who is killed otherwise is not', async () => {
    const { status } = await cluster.untilPhase('shot', 'RUNNING');
    const { State } = await cluster.engine.api.inspect(status.containerStatuses[0]!.containerID!.replace('docker://', ''));
    process.kill(State.Pid, 'SIGKILL');
    expect((await cluster.ended('too-large')).state).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
    expect((await cluster.ended('shot')).state).toMatchObject({ exitCode: 137, signal: 9, reason: 'Error' });
  }, 120_000);

  test('a program that is not there is a start error, 127', async () => {
    expect((await cluster.ended('no-program')).state).toMatchObject({ exitCode: 127, reason: 'StartError', message: 'program /no/such/program does not exist', startedAt: null });
  }, 120_000);

  test('host name, name servers and aliases are seen inside', async () => {
    await cluster.ended('names');
    const [hostname, ...rest] = await cluster.lines('names');
    expect(hostname).toBe('called-so');
    expect(rest).toEqual(expect.arrayContaining(['nameserver 10.1.2.3', 'search svc.example', 'options ndots:2']));
    expect(rest.filter((line) => line.startsWith('10.9.9.9')).join(' ')).toMatch(/db\.example.*\bdb$/);
  }, 120_000);

  test('what earlier runs wrote can be read', async () => {
    expect(await cluster.ended('again')).toMatchObject({ restartCount: 2, state: { exitCode: 0 }, lastState: { exitCode: 1 } });
    expect(await cluster.lines('again', { attempt: 1 })).toEqual(['run 2']);
    expect(await cluster.lines('again', { attempt: 2 })).toEqual(['run 3']);
    expect(await cluster.lines('again')).toEqual(['run 2', 'run 3']);
  }, 120_000);

  test('preStop is over before a container is asked to end', async () => {
    await cluster.until('says-goodbye', ({ ready }) => ready);
    await cluster.delete('says-goodbye');
    expect(readFileSync(join(shared.path, 'www/goodbye'), 'utf8')).toBe('prepared\nasked\n');
  }, 120_000);

  test("preStop over HTTP asks at the pod's own address", async () => {
    const { status } = await cluster.untilPhase('is-told', 'RUNNING');
    await eventually(() => fetch(`http://${status.podIP}/`).then(() => true, () => false), 'an answer of the pod');
    await cluster.delete('is-told');
    expect(readFileSync(join(shared.path, 'www/told'), 'utf8')).toMatch(/^told .+\n$/);
  }, 120_000);

  test('a deleted pod leaves nothing behind', async () => {
    const { uid } = await cluster.until('leaves', ({ ready }) => ready);
    const { api } = cluster.engine;
    const names = async (): Promise<string[]> => {
      const { Volumes } = await api.call<{ Volumes: { Name: string }[] | null }>('GET', '/volumes');
      return [...(await api.containers()), ...(Volumes ?? []).map(({ Name }) => Name)].filter((name) => name.includes(uid));
    };
    expect((await names()).length).toBe(4);
    expect(existsSync(join(cluster.folder, 'docker/pods', uid))).toBe(true);
    await cluster.delete('leaves');
    await eventually(async () => (await names()).length === 0, 'an engine without the pod');
    await eventually(() => !existsSync(join(cluster.folder, 'docker/pods', uid)), 'a folder without the pod');
  }, 120_000);
});
