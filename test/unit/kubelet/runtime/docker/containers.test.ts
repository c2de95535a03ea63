import { systemClock } from '../../../../../src/base/clock';
import { Containers, type ContainersOptions } from '../../../../../src/kubelet/runtime/docker/containers';
import type { ContainerDetails, ContainerSummary, Engine, ImageDetails } from '../../../../../src/kubelet/runtime/docker/engine';
import { EngineError } from '../../../../../src/kubelet/runtime/docker/faults';
import { labelNames } from '../../../../../src/kubelet/runtime/docker/labels';
import { layoutOf } from '../../../../../src/kubelet/runtime/docker/layout';
import { StartMarks } from '../../../../../src/kubelet/runtime/docker/start-marks';
import type { ContainerConfig } from '../../../../../src/kubelet/runtime/runtime';
import { aContainer, aPodSpec } from '../../../../support/builders';
import { temporaryFolder } from '../../../../support/temporary-folder';

const labels = { [labelNames.runtime]: 'mine', [labelNames.role]: 'container', [labelNames.podUid]: 'uid', [labelNames.container]: 'main', [labelNames.attempt]: '0', [labelNames.created]: '1000', [labelNames.podName]: 'web', [labelNames.sandbox]: 'old' };
const never = '0001-01-01T00:00:00Z';
const noSecurity = { runAsUser: null, runAsGroup: null, runAsNonRoot: null, privileged: null, readOnlyRootFilesystem: null, allowPrivilegeEscalation: null, capabilities: { add: [], drop: [] } };
const details = (status: 'created' | 'exited' | 'dead'): ContainerDetails => {
  const time = status !== 'exited' ? never : '2030-01-01T00:00:00Z';
  const State = { Status: status, Error: '', ExitCode: 0, OOMKilled: false, StartedAt: time, FinishedAt: time };
  return { Id: 'c', Image: 'sha256:1', Config: { Labels: labels, Image: 'busybox' }, State } as unknown as ContainerDetails;
};

describe('what is known of the containers of an engine', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let marks: StartMarks;

  beforeEach(async () => {
    folder = await temporaryFolder('containers');
    marks = new StartMarks(() => layoutOf(folder.path));
  });

  afterEach(() => folder.remove());

  it('is not what a look says that began before a start and answers after it: nothing runs twice', async () => {
    const starts: string[] = [];
    const answers: ((answer: ContainerDetails) => void)[] = [];
    const engine: Partial<Engine> = {
      inspect: () => new Promise((resolve) => answers.push(resolve)),
      start: (id) => Promise.resolve(void starts.push(id)),
    };
    const containers = new Containers({
      engine: engine as Engine,
      owner: { runtimeId: 'mine', nodeName: 'node-a' },
      marks,
      ends: { messageOf: () => Promise.resolve(null) } as Partial<ContainersOptions['ends']> as ContainersOptions['ends'],
      clock: systemClock,
    } as Partial<ContainersOptions> as ContainersOptions);
    containers.beginLook();
    const listed = containers.takeOver([{ Id: 'c', State: 'created' } as ContainerSummary]);
    answers.shift()!(details('created'));
    expect(await listed).toMatchObject([{ phase: 'created', imageID: null }]);

    const late = containers.inspect('c');
    await containers.start('c');
    answers.shift()!(details('created'));
    await late;
    const again = containers.start('c');
    answers.shift()?.(details('exited'));
    await again;
    expect(starts).toEqual(['c']);
    expect(containers.recordOf('c')).toMatchObject({ phase: 'exited', imageID: 'sha256:1' });
  });

  it('refuses an image that runs as root where that is forbidden, and asks the engine for nothing', async () => {
    const engine: Partial<Engine> = { inspectImage: () => Promise.resolve({ Config: { User: '' } } as ImageDetails) };
    const containers = new Containers({
      engine: engine as Engine,
      sandboxes: { readyOf: () => ({ id: 'sandbox' }) } as unknown as ContainersOptions['sandboxes'],
    } as Partial<ContainersOptions> as ContainersOptions);
    const container = aContainer({ name: 'main', image: 'busybox', securityContext: { ...noSecurity, runAsNonRoot: true } });
    const refused = containers.create({ identity: { podUid: 'uid', containerName: 'main', attempt: 0, init: false }, container, spec: aPodSpec() } as ContainerConfig);
    await expect(refused).rejects.toMatchObject({ code: 'CONFIG_REFUSED', message: 'container main has runAsNonRoot, but image busybox runs as root: set securityContext.runAsUser' });
  });

  it.each([404, 409, 500])('has no lines of what is being removed, said with status %i', async (status) => {
    const engine: Partial<Engine> = {
      inspect: () => Promise.resolve(details('exited')),
      logs: () => Promise.reject(new EngineError('INVALID', 'can not get logs from container which is dead or marked for removal', status, null)),
    };
    const containers = new Containers({
      engine: engine as Engine,
      owner: { runtimeId: 'mine', nodeName: 'node-a' },
      marks,
      ends: { messageOf: () => Promise.resolve(null) } as Partial<ContainersOptions['ends']> as ContainersOptions['ends'],
    } as Partial<ContainersOptions> as ContainersOptions);
    expect(await containers.logs('c', 10)).toEqual([]);
  });

  it.each([
    ['the sandbox that it was to join', 'No such container: old', 'the sandbox of pod web is gone', ['old'], ['c']],
    ['the container itself', 'No such container: c', 'No such container: c', [], []],
  ])('tells what was not found at a start: %s', async (_what, said, message, lost, removed) => {
    const engine: Partial<Engine> = {
      inspect: () => Promise.resolve(details('created')),
      start: () => Promise.reject(new EngineError('NOT_FOUND', said, 404, undefined)),
      remove: (id) => Promise.resolve(void done.removed.push(id)),
    };
    const done = { lost: [] as (string | null)[], removed: [] as string[] };
    const containers = new Containers({
      engine: engine as Engine,
      owner: { runtimeId: 'mine', nodeName: 'node-a' },
      marks,
      sandboxes: { lost: (_podUid: string, id: string | null) => void done.lost.push(id) } as Partial<ContainersOptions['sandboxes']> as ContainersOptions['sandboxes'],
    } as Partial<ContainersOptions> as ContainersOptions);
    await expect(containers.start('c')).rejects.toMatchObject({ code: 'NOT_FOUND', message });
    expect(done).toEqual({ lost, removed });
    expect(marks.all()).toEqual([]);
  });

  it('counts an attempt that the engine could neither start nor remove: its name is taken', async () => {
    let status: 'created' | 'dead' = 'created';
    const engine: Partial<Engine> = {
      inspect: () => Promise.resolve(details(status)),
      start: () => Promise.reject(new EngineError('INTERNAL', 'cannot join network of a non running container', 500, undefined)),
      remove: () => {
        status = 'dead';
        return Promise.reject(new EngineError('INTERNAL', 'failed to remove root filesystem: device or resource busy', 500, undefined));
      },
    };
    const lost: string[] = [];
    const containers = new Containers({
      engine: engine as Engine,
      owner: { runtimeId: 'mine', nodeName: 'node-a' },
      marks,
      sandboxes: { lost: (podUid: string) => void lost.push(podUid) } as Partial<ContainersOptions['sandboxes']> as ContainersOptions['sandboxes'],
      ends: { messageOf: () => Promise.resolve(null) } as Partial<ContainersOptions['ends']> as ContainersOptions['ends'],
      clock: systemClock,
    } as Partial<ContainersOptions> as ContainersOptions);
    await containers.start('c');
    expect(lost).toEqual(['uid']);
    expect(await containers.inspect('c')).toMatchObject({ phase: 'exited', startedAt: null, exit: { exitCode: 128, reason: 'StartError', message: 'the engine gave it up before it ran' } });
  });
});
