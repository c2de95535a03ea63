import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerCluster, type ContainerView, type PodView } from '../support/docker/cluster';
import { describeWithDocker } from '../support/docker/docker-binary';
import { ImageRegistry } from '../support/docker/image-registry';
import { podManifest } from '../support/docker/manifests';
import { temporaryFolder } from '../support/temporary-folder';

const running = (name: string, image: string, more = ''): string =>
  podManifest(name, { spec: 'restartPolicy: Never', container: `image: ${image}\ncommand: [sh, -c, "sleep 1000"]\n${more}` });
const isWaiting = (reasons: readonly string[]) => ({ status: { containerStatuses: [only] } }: PodView): boolean => only?.state.kind === 'ContainerWaiting' && reasons.includes(only.state.reason ?? '');
const pullFailures = ['ErrImagePull', 'ImagePullBackOff'];

describeWithDocker('images of pods on a Docker Engine', () => {
  const login = { username: 'ann', password: 'secret' };
  let cluster: DockerCluster;
  let open: ImageRegistry;
  let known: ImageRegistry;
  let unknown: ImageRegistry;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  beforeAll(async () => {
    [open, known, unknown, folder] = await Promise.all([ImageRegistry.start(), ImageRegistry.start({ credentials: login }), ImageRegistry.start({ credentials: login }), temporaryFolder('credentials')]);
    const registryCredentials = join(folder.path, 'config.json');
    writeFileSync(registryCredentials, JSON.stringify({ auths: { [known.host]: { auth: Buffer.from(`${login.username}:${login.password}`).toString('base64') } } }));
    cluster = await DockerCluster.start({ registryCredentials });
    open.behave('team/missing', 404);
    open.behave('team/slow', 'hang');
    await cluster.apply(
      [
        running('there', open.ref('team/app:1.0')),
        running('missing', open.ref('team/missing:1.0'), 'imagePullPolicy: IfNotPresent'),
        running('slow', open.ref('team/slow:1.0')),
        running('private-known', known.ref('team/app:1.0')),
        running('private-unknown', unknown.ref('team/app:1.0')),
        running('never', open.ref('team/never:1.0'), 'imagePullPolicy: Never'),
        running('local', 'busybox:1.36', 'imagePullPolicy: Never'),
      ].join(''),
    );
  }, 120_000);

  afterAll(async () => {
    await cluster.dispose();
    await Promise.all([open.close(), known.close(), unknown.close(), folder.remove()]);
  }, 60_000);

  const onlyOf = ({ status }: PodView): ContainerView => status.containerStatuses[0]!;

  test('one that a registry has is pulled and runs', async () => {
    expect(onlyOf(await cluster.untilPhase('there', 'RUNNING')).imageID).toMatch(/^sha256:/);
    expect(open.requests.some((request) => request.includes('team/app manifests 1.0'))).toBe(true);
  }, 120_000);

  test('one that is not there leaves the pod PENDING, and says why and when it is tried again', async () => {
    const pod = await cluster.until('missing', isWaiting(pullFailures));
    expect(pod.status.phase).toBe('PENDING');
    expect(onlyOf(pod)).toMatchObject({ ready: false, restartCount: 0, state: { message: expect.stringContaining(`image ${open.ref('team/missing:1.0')} cannot be pulled`) as string } });
    open.behave('team/missing', 'serve');
    await cluster.untilPhase('missing', 'RUNNING');
  }, 120_000);

  test('one that is being pulled is shown as such, and its pod can be deleted at once', async () => {
    const pod = await cluster.until('slow', isWaiting(['ContainerCreating']));
    expect(onlyOf(pod).state.message).toBe(`pulling image ${open.ref('team/slow:1.0')}`);
    await cluster.delete('slow', 30);
  }, 120_000);

  test('a private one is pulled with the credentials of its registry, and not without', async () => {
    await cluster.untilPhase('private-known', 'RUNNING');
    const pod = await cluster.until('private-unknown', isWaiting(pullFailures));
    expect(pod.status.phase).toBe('PENDING');
    expect(onlyOf(pod).state.message).not.toContain(login.password);
  }, 120_000);

  test('one that is never pulled has to be there', async () => {
    await cluster.untilPhase('local', 'RUNNING');
    const pod = await cluster.until('never', isWaiting(['ErrImageNeverPull']));
    expect(pod.status.phase).toBe('PENDING');
  }, 120_000);
});
