import { describeWithDocker } from '../../support/docker/docker-binary';
import { DockerEngine } from '../../support/docker/engine';
import { eventually } from '../../support/eventually';
import { systemClock } from '../../../src/base/clock';
import { Engine } from '../../../src/kubelet/runtime/docker/engine';
import { endInContainer } from '../../../src/kubelet/runtime/docker/leftover';

describeWithDocker('an exec that takes too long', () => {
  let docker: DockerEngine;
  let engine: Engine;
  let id: string;

  beforeAll(async () => {
    docker = await DockerEngine.start();
    engine = new Engine({ host: docker.dockerHost, clock: systemClock });
    id = await docker.api.run({ command: ['sleep', '100000'] });
  }, 60_000);
  afterAll(async () => {
    engine.close();
    await docker.dispose();
  }, 60_000);

  const commands = async (): Promise<readonly string[]> => {
    const { Processes } = await docker.api.call<{ Processes: string[][] }>('GET', `/containers/${id}/top?ps_args=-eo%20pid,args`);
    return Processes.map(([, ...words]) => words.join(' ')).sort();
  };

  it('is ended with what it began, and the container is left alone', async () => {
    const before = await commands();
    await expect(engine.exec(id, ['sh', '-c', 'sleep 54321 & sleep 54321'], 300)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await eventually(async () => (await commands()).length === before.length, 'the end of the command');
    expect(await commands()).toEqual(before);
    expect(await engine.exec(id, ['sh', '-c', 'exit 3'], 10_000)).toBe(3);
  });

  it('no process is touched that is not of this container', async () => {
    const { Pid } = (await docker.api.inspect(id)).State;
    expect(await endInContainer(process.pid, id)).toBe(false);
    expect(await endInContainer(Pid, '0'.repeat(64))).toBe(false);
    expect(await endInContainer(Pid, '')).toBe(false);
    expect((await docker.api.inspect(id)).State.Running).toBe(true);
  });
});
