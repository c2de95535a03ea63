import { recordOf } from '../../../../../src/kubelet/runtime/docker/container-record';
import type { ContainerDetails } from '../../../../../src/kubelet/runtime/docker/engine';
import { labelNames } from '../../../../../src/kubelet/runtime/docker/labels';

const labels = { [labelNames.runtime]: 'mine', [labelNames.role]: 'container', [labelNames.podUid]: 'uid', [labelNames.container]: 'main', [labelNames.attempt]: '0', [labelNames.created]: '1000' };
const never = '0001-01-01T00:00:00Z';
const withError = (Status: string, Error: string): ContainerDetails =>
  ({ Id: 'c', Image: 'sha256:1', Config: { Labels: labels, Image: 'busybox' }, State: { Status, Error, ExitCode: 128, OOMKilled: false, StartedAt: never, FinishedAt: never } }) as unknown as ContainerDetails;

describe('what could not be started', () => {
  it.each([
    ['created', 'OCI runtime create failed: exec: "/no": stat /no: no such file or directory: unknown', 'exited', 'StartError'],
    ['dead', 'cannot join network of a non running container: 5faf', 'exited', 'StartError'],
    // Of an engine that went before the container could be taken back.
    ['created', 'cannot join network of a non running container: 5faf', 'created', undefined],
    ['created', 'No such container: 5faf', 'created', undefined],
    // What never ran does not end by being removed.
    ['removing', '', 'created', undefined],
    ['removing', 'No such container: 5faf', 'created', undefined],
    ['removing', 'OCI runtime create failed: exec: "/no": stat /no: no such file or directory: unknown', 'exited', 'StartError'],
  ])('%s with %j is %s', (status, error, phase, reason) => {
    const record = recordOf(withError(status, error));
    expect(record?.phase).toBe(phase);
    expect(record?.exit?.reason).toBe(reason);
  });
});

it('what ran has ended when it is being removed', () => {
  const { State, ...details } = withError('removing', '');
  expect(recordOf({ ...details, State: { ...State, StartedAt: '2030-01-01T00:00:00Z', ExitCode: 3 } })).toMatchObject({ phase: 'exited', exit: { exitCode: 3, reason: 'Error' } });
});

describe('what the kernel ended because memory ran out', () => {
  const ended = (ExitCode: number, OOMKilled: boolean): ContainerDetails =>
    ({ Id: 'c', Image: 'sha256:1', Config: { Labels: labels, Image: 'busybox' }, State: { Status: 'exited', Error: '', ExitCode, OOMKilled, StartedAt: '2030-01-01T00:00:00Z', FinishedAt: '2030-01-01T00:00:01Z' } }) as unknown as ContainerDetails;

  it.each([
    [137, true, false, 'OOMKilled'],
    // The engine heard of the end before it heard of the reason.
    [137, false, true, 'OOMKilled'],
    [137, false, false, 'Error'],
    [0, false, true, 'Completed'],
  ])('exit code %i, by the engine %s, by its event %s: %s', (exitCode, byEngine, isShortOfMemory, reason) => {
    expect(recordOf(ended(exitCode, byEngine), { isShortOfMemory })?.exit).toMatchObject({ reason, oomKilled: reason === 'OOMKilled' });
  });
});
