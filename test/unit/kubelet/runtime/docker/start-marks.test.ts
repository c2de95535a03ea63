import { writeFile } from 'node:fs/promises';
import { systemClock } from '../../../../../src/base/clock';
import { Containers, type ContainersOptions } from '../../../../../src/kubelet/runtime/docker/containers';
import type { ContainerDetails, ContainerSummary, Engine } from '../../../../../src/kubelet/runtime/docker/engine';
import { EngineError } from '../../../../../src/kubelet/runtime/docker/faults';
import { labelNames } from '../../../../../src/kubelet/runtime/docker/labels';
import { layoutOf, startFile } from '../../../../../src/kubelet/runtime/docker/layout';
import { StartMarks } from '../../../../../src/kubelet/runtime/docker/start-marks';
import { temporaryFolder } from '../../../../support/temporary-folder';

const identity = { podUid: 'uid', containerName: 'main', attempt: 0, init: false };
const labels = { [labelNames.runtime]: 'mine', [labelNames.role]: 'container', [labelNames.podUid]: 'uid', [labelNames.container]: 'main', [labelNames.attempt]: '0', [labelNames.created]: '1000', [labelNames.notes]: '{"step":"3"}' };
const never = '0001-01-01T00:00:00Z';
const gone = (): EngineError => new EngineError('NOT_FOUND', 'No such container: c', 404, undefined);
const lost = { id: 'c', identity, notes: { step: '3' }, phase: 'exited', exit: null };

/** An engine with one container, "c", as long as it is there. */
class OneContainer {
  state: 'created' | 'running' | null = 'created';
  refusal: EngineError | null = null;

  readonly engine: Partial<Engine> = {
    inspect: () => Promise.resolve(this.details()),
    start: () => {
      if (this.state === null) return Promise.reject(gone());
      if (this.refusal) return Promise.reject(this.refusal);
      this.state = 'running';
      return Promise.resolve();
    },
    remove: () => {
      if (this.state === null) return Promise.reject(gone());
      this.state = null;
      return Promise.resolve();
    },
  };

  list(): readonly ContainerSummary[] {
    return this.state === null ? [] : [{ Id: 'c', State: this.state } as ContainerSummary];
  }

  private details(): ContainerDetails | null {
    if (this.state === null) return null;
    const State = { Status: this.state, Error: '', ExitCode: 0, OOMKilled: false, StartedAt: this.state === 'created' ? never : '2030-01-01T00:00:00Z', FinishedAt: never };
    return { Id: 'c', Image: 'sha256:1', Config: { Labels: labels, Image: 'busybox' }, State } as unknown as ContainerDetails;
  }
}

describe('a container that was started and then removed by somebody else', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let there: OneContainer;

  beforeEach(async () => {
    folder = await temporaryFolder('start-marks');
    there = new OneContainer();
  });

  afterEach(() => folder.remove());

  /** As a kubelet that starts has them. */
  async function open(): Promise<{ containers: Containers; marks: StartMarks }> {
    const marks = new StartMarks(() => layoutOf(folder.path));
    await marks.open();
    const ends = { messageOf: () => Promise.resolve(null), forget: () => Promise.resolve() } as Partial<ContainersOptions['ends']> as ContainersOptions['ends'];
    const options: Partial<ContainersOptions> = { engine: there.engine as Engine, owner: { runtimeId: 'mine', nodeName: 'node-a' }, ends, marks, clock: systemClock };
    return { containers: new Containers(options as ContainersOptions), marks };
  }

  function look(containers: Containers): Promise<readonly unknown[]> {
    containers.beginLook();
    return containers.takeOver(there.list());
  }

  test('is told as ended, also to the next kubelet, and always in the same words', async () => {
    const { containers } = await open();
    await containers.start('c');
    there.state = null;
    expect(await containers.inspect('c')).toMatchObject(lost);
    const told = await look(containers);
    expect(told).toMatchObject([lost]);
    for (let kubelet = 0; kubelet < 2; kubelet += 1) expect(await look((await open()).containers)).toEqual(told);
  });

  test('is not told while the engine has it, nor when it never was started', async () => {
    const { containers } = await open();
    await look(containers);
    there.state = null;
    expect(await look(containers)).toEqual([]);
    await expect(containers.start('c')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    there.state = 'created';
    await look(containers);
    await containers.start('c');
    expect(await look((await open()).containers)).toMatchObject([{ phase: 'running' }]);
  });

  test('and is removed here too is forgotten', async () => {
    const { containers } = await open();
    await containers.start('c');
    there.state = null;
    await containers.remove('c');
    expect(await containers.inspect('c')).toBeNull();
    for (const each of [containers, (await open()).containers]) expect(await look(each)).toEqual([]);
  });

  test('before it could be started never ran', async () => {
    const { containers } = await open();
    await look(containers);
    there.state = null;
    await expect(containers.start('c')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    for (const each of [containers, (await open()).containers]) expect(await look(each)).toEqual([]);
  });

  test('never ran if it was removed from here because the machine could not start it', async () => {
    const { containers } = await open();
    there.refusal = new EngineError('DISK_FULL', 'no space left on device', 500, undefined);
    await expect(containers.start('c')).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(there.state).toBeNull();
    for (const each of [containers, (await open()).containers]) expect(await look(each)).toEqual([]);
  });

  test('may have run when the engine did not answer, whatever a later start says', async () => {
    const { containers } = await open();
    there.refusal = new EngineError('TIMEOUT', 'the engine did not start a container within 60 s', null, undefined);
    await expect(containers.start('c')).rejects.toMatchObject({ code: 'TIMEOUT' });
    await containers.inspect('c');
    there.state = null;
    await expect(containers.start('c')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await look(containers)).toMatchObject([lost]);
  });

  test('is forgotten with its pod', async () => {
    const { containers, marks } = await open();
    await containers.start('c');
    there.state = null;
    marks.forgetPod('another');
    expect(await look(containers)).toMatchObject([lost]);
    marks.forgetPod('uid');
    expect(await look(containers)).toEqual([]);
  });

  test('a mark whose writing was cut off is none: nothing was started yet', async () => {
    await (await open()).containers.start('c');
    await writeFile(startFile(layoutOf(folder.path), identity), '{"id":"c","iden');
    there.state = null;
    expect(await look((await open()).containers)).toEqual([]);
  });

  test('what cannot be marked is not started', async () => {
    const { containers } = await open();
    await writeFile(`${folder.path}/docker`, 'in the way');
    await expect(containers.start('c')).rejects.toMatchObject({ code: 'INTERNAL', message: expect.stringContaining('cannot be noted') as string });
    expect(there.state).not.toBe('running');
  });
});
