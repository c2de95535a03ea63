import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerCluster } from '../support/docker/cluster';
import { describeWithDocker } from '../support/docker/docker-binary';
import { stayScript } from '../support/docker/manifests';
import { eventually } from '../support/eventually';

/** Kubernetes' own conformance pod: exits 1, then 0, then stays; the counter lives in the pod's memory. */
const counting = (name: string, restartPolicy: string): string => `
apiVersion: v1
kind: Pod
metadata:
  name: ${name}
spec:
  restartPolicy: ${restartPolicy}
  volumes:
  - name: restart-count
    emptyDir:
      medium: Memory
  containers:
  - name: terminate-cmd
    image: busybox:1.36
    volumeMounts:
    - name: restart-count
      mountPath: /restart-count
    command: ["sh", "-c"]
    args:
    - |
      count=$(cat /restart-count/count 2>/dev/null || echo 0)
      echo $((count + 1)) > /restart-count/count
      echo "run $((count + 1))"
      case $count in
      0) exit 1 ;;
      1) exit 0 ;;
      *) sleep 100000 ;;
      esac
---`;

/** A pod of containers that are each a line of shell. */
const shells = (name: string, restartPolicy: string, apps: Record<string, string>, inits: Record<string, string> = {}, sidecar?: string): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  restartPolicy: ${restartPolicy}
  volumes: [{name: shared, emptyDir: {}}]
  initContainers: [${[...Object.entries(inits).map((entry) => shell(...entry)), ...(sidecar === undefined ? [] : [shell('side', sidecar, ', restartPolicy: Always')])].join(', ')}]
  containers: [${Object.entries(apps).map((entry) => shell(...entry)).join(', ')}]
---`;
const shell = (name: string, script: string, more = ''): string =>
  `{name: ${name}, image: "busybox:1.36", command: [sh, -c, ${JSON.stringify(script)}], volumeMounts: [{name: shared, mountPath: /shared}]${more}}`;

const probing = (name: string, script: string, probes: string): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  terminationGracePeriodSeconds: 1
  volumes: [{name: shared, emptyDir: {}}]
  containers:
  - name: main
    image: busybox:1.36
    command: [sh, -c, ${JSON.stringify(script)}]
    ports: [{containerPort: 8080}]
    volumeMounts: [{name: shared, mountPath: /shared}]
${probes.replaceAll(/^/gm, '    ')}
---`;
const often = 'periodSeconds: 2, timeoutSeconds: 20';
const http = 'mkdir /www; httpd -p 8080 -h /www;';

const manifests = [
  counting('terminate-cmd-rpa', 'Always'),
  counting('terminate-cmd-rpof', 'OnFailure'),
  counting('terminate-cmd-rpn', 'Never'),
  // As a user writes it: no tag, so that the policy is Always; no registry can be reached from here.
  `
apiVersion: v1
kind: Pod
metadata:
  name: job
spec:
  restartPolicy: OnFailure
  containers:
  - name: job
    image: busybox
    command: ["sh", "-c", "echo working; sleep 1; echo done"]
---`,
  shells('in-order', 'Always', { web: `cat /shared/order; ${stayScript}` }, { one: 'sleep 0.5; echo one >> /shared/order', two: 'echo two >> /shared/order' }),
  shells('init-never', 'Never', { web: 'echo three >> /shared/order; cat /shared/order' }, { one: 'echo one >> /shared/order', two: 'echo two >> /shared/order' }),
  shells('init-fails-never', 'Never', { web: 'true' }, { one: 'exit 4', two: 'true' }),
  shells('init-fails-always', 'Always', { web: 'true' }, { one: 'exit 4' }),
  shells('init-fails-once', 'OnFailure', { web: 'cat /shared/tries' }, { one: 'echo try >> /shared/tries; [ $(wc -l < /shared/tries) -ge 2 ]' }),
  shells('with-sidecar', 'Never', { first: 'sleep 0.5', last: 'sleep 1; test -e /shared/up' }, {}, `touch /shared/up; ${stayScript}`),
  probing('alive-once', `echo run >> /shared/runs; [ $(wc -l < /shared/runs) -ge 2 ] && touch /tmp/well; ${stayScript}`, `livenessProbe: {exec: {command: [cat, /tmp/well]}, initialDelaySeconds: 2, failureThreshold: 1, ${often}}`),
  probing('ready-later', `${http} while [ ! -e /shared/go ]; do sleep 1; done; echo hello > /www/ready; ${stayScript}`, `readinessProbe: {httpGet: {path: /ready, port: 8080}, ${often}}`),
  probing(
    'starts-slowly',
    `${http} sleep 3; touch /tmp/started; ${stayScript}`,
    `startupProbe: {exec: {command: [cat, /tmp/started]}, failureThreshold: 100, ${often}}\nreadinessProbe: {tcpSocket: {port: 8080}, ${often}}\nlivenessProbe: {exec: {command: [cat, /tmp/started]}, failureThreshold: 1, ${often}}`,
  ),
];

describeWithDocker('pods on a Docker Engine', () => {
  let cluster: DockerCluster;

  beforeAll(async () => {
    cluster = await DockerCluster.start();
    await cluster.apply(manifests.join('\n'));
  }, 120_000);

  afterAll(() => cluster.dispose(), 60_000);

  test.each([
    ['terminate-cmd-rpa', 'RUNNING', 'ContainerRunning', 2, true],
    ['terminate-cmd-rpof', 'SUCCEEDED', 'ContainerTerminated', 1, false],
    ['terminate-cmd-rpn', 'FAILED', 'ContainerTerminated', 0, false],
  ] as const)('%s: %s, %s, %i restarts, ready %s', async (name, phase, kind, restartCount, ready) => {
    const pod = await cluster.until(name, ({ status: { phase: now, containerStatuses: [only] } }) => now === phase && only?.restartCount === restartCount && only.state.kind === kind);
    expect(pod.ready).toBe(ready);
    expect(pod.status.containerStatuses[0]).toMatchObject({ ready, imageID: expect.stringMatching(/^sha256:/) as string, containerID: expect.stringMatching(/^docker:\/\//) as string });
    // Of the run that goes on and of the one before it, once the engine has written what was printed.
    const expected = Array.from({ length: Math.min(2, restartCount + 1) }, (_, n) => `run ${restartCount + n + (restartCount === 0 ? 1 : 0)}`);
    await eventually(async () => (await cluster.lines(name)).length === expected.length, 'what the runs printed');
    expect(await cluster.lines(name)).toEqual(expected);
    await cluster.delete(name, 1);
  }, 120_000);

  test('an image without a tag, asked for each time, runs though no registry can be reached', async () => {
    expect(await cluster.ended('job')).toMatchObject({ restartCount: 0, state: { reason: 'Completed', exitCode: 0 } });
    expect(await cluster.lines('job')).toEqual(['working', 'done']);
  }, 120_000);

  test('init containers run one by one before the others, under Always and Never', async () => {
    await cluster.until('in-order', ({ ready }) => ready);
    await eventually(async () => (await cluster.lines('in-order')).length === 2);
    expect(await cluster.lines('in-order')).toEqual(['one', 'two']);
    await cluster.untilPhase('init-never', 'SUCCEEDED');
    expect(await cluster.lines('init-never')).toEqual(['one', 'two', 'three']);
  }, 120_000);

  test('an init container that fails ends a Never pod, and holds an Always pod back', async () => {
    const { status } = await cluster.untilPhase('init-fails-never', 'FAILED');
    expect(status.initContainerStatuses).toMatchObject([{ state: { exitCode: 4 } }, { state: { kind: 'ContainerWaiting' } }]);
    expect(status.containerStatuses).toMatchObject([{ restartCount: 0, containerID: null, state: { kind: 'ContainerWaiting', reason: 'PodInitializing' } }]);
    const always = await cluster.until('init-fails-always', ({ status: { initContainerStatuses: [one] } }) => one!.restartCount >= 2);
    expect(always.status).toMatchObject({ phase: 'PENDING', containerStatuses: [{ containerID: null, state: { reason: 'PodInitializing' } }] });
  }, 120_000);

  test('an init container that fails once is tried again under OnFailure', async () => {
    const { status } = await cluster.untilPhase('init-fails-once', 'SUCCEEDED');
    expect(status.initContainerStatuses).toMatchObject([{ restartCount: 1, lastState: { exitCode: 1 } }]);
    expect(await cluster.lines('init-fails-once')).toEqual(['try', 'try']);
  }, 120_000);

  test('a sidecar is there before the others and ends after the last of them', async () => {
    const { status } = await cluster.until('with-sidecar', ({ status: { phase, initContainerStatuses: [side] } }) => phase === 'SUCCEEDED' && side!.state.kind === 'ContainerTerminated');
    const [side] = status.initContainerStatuses;
    const ends = status.containerStatuses.map(({ state }) => state.finishedAt ?? '');
    expect(status.containerStatuses).toMatchObject([{ state: { exitCode: 0 } }, { state: { exitCode: 0 } }]);
    expect(side?.state).toMatchObject({ exitCode: 0 });
    expect((side?.state.finishedAt ?? '') >= ends.sort().at(-1)!).toBe(true);
  }, 120_000);

  test('a liveness probe that fails restarts the container, and says so', async () => {
    const { status } = await cluster.until('alive-once', ({ status: { containerStatuses: [only] } }) => only!.restartCount > 0 && only!.state.kind === 'ContainerRunning');
    expect(status.containerStatuses[0]?.lastState).toMatchObject({ message: expect.stringContaining('liveness probe failed') as string });
  }, 120_000);

  test("a readiness probe over HTTP asks at the pod's own address and gates Ready", async () => {
    const before = await cluster.untilPhase('ready-later', 'RUNNING');
    expect(before.ready).toBe(false);
    expect(before.status.podIP).not.toBe(before.status.hostIP);
    writeFileSync(join(cluster.folder, 'docker/pods', before.uid, 'volumes/shared/go'), '');
    const pod = await cluster.until('ready-later', ({ ready }) => ready);
    expect(pod.status.containerStatuses[0]).toMatchObject({ ready: true, restartCount: 0 });
    expect(await (await fetch(`http://${pod.status.podIP}:8080/ready`)).text()).toBe('hello\n');
  }, 120_000);

  test('a startup probe holds the other probes back', async () => {
    const pod = await cluster.until('starts-slowly', ({ ready }) => ready);
    expect(pod.status.containerStatuses[0]).toMatchObject({ started: true, ready: true, restartCount: 0 });
  }, 120_000);
});
