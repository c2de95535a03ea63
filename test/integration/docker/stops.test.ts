import { systemClock } from '../../../src/base/clock';
import { Engine } from '../../../src/kubelet/runtime/docker/engine';
import { describeWithDocker } from '../../support/docker/docker-binary';
import { DockerEngine } from '../../support/docker/engine';

/** More than there are connections for looks. */
const most = 40;
/** Longer than the test takes on any machine: it does not wait for them. */
const graceSeconds = 60;

describeWithDocker('many containers that end only when they are killed', () => {
  let docker: DockerEngine;
  let engine: Engine;

  beforeAll(async () => {
    docker = await DockerEngine.start();
    engine = new Engine({ host: docker.dockerHost, clock: systemClock });
  }, 60_000);
  afterAll(async () => {
    engine.close();
    await docker.dispose();
  }, 60_000);

  test('keep nobody waiting who only looks, or runs a probe, while they are stopped', async () => {
    const ids: string[] = [];
    while (ids.length < most) {
      // The first process ignores signals it has no handler for. Without a network they start sooner.
      const some = Array.from({ length: 5 }, () => docker.api.run({ command: ['sleep', '1000'], config: { Labels: { test: 'stops' } }, hostConfig: { NetworkMode: 'none' } }));
      ids.push(...(await Promise.all(some)));
    }
    let stopped = 0;
    const stops = ids.map((id) => engine.stop(id, graceSeconds).then(() => (stopped += 1)));
    const listed = await engine.list({ test: 'stops' });
    expect(listed.filter(({ State }) => State === 'running')).toHaveLength(most);
    const looks = ids.map(async (id) => (await engine.inspect(id))?.State.Status);
    expect(await Promise.all(looks)).toEqual(ids.map(() => 'running'));
    expect(await Promise.all(ids.slice(0, 3).map((id) => engine.exec(id, ['true'], 30_000)))).toEqual([0, 0, 0]);
    expect(stopped).toBe(0);
    engine.close();
    await Promise.allSettled(stops);
  }, 120_000);
});
