import { systemClock } from '../../../../../src/base/clock';
import { silentLogger } from '../../../../../src/base/logger';
import type { ContainerDetails, Engine } from '../../../../../src/kubelet/runtime/docker/engine';
import { EngineError } from '../../../../../src/kubelet/runtime/docker/faults';
import { PauseContainers } from '../../../../../src/kubelet/runtime/docker/pause-containers';

const settled = (): Promise<void> => new Promise(setImmediate);
const refusal = (message: string): EngineError => new EngineError('NOT_FOUND', message, 404, undefined);
const noImage = refusal('No such image: podql/pause:1-amd64');

describe('sandboxes that are made at the same time', () => {
  let engine: Partial<Engine>;
  let hasImage: boolean;
  let makings: (() => void)[];

  beforeEach(() => {
    hasImage = true;
    makings = [];
    engine = {
      create: (name) => (hasImage ? Promise.resolve(name) : Promise.reject(noImage)),
      start: () => Promise.resolve(),
      inspect: () => Promise.resolve({ NetworkSettings: { Networks: {} } } as ContainerDetails),
    };
  });

  function run(count: number): Promise<unknown[]> {
    const makeImage = (): Promise<void> => new Promise((made) => makings.push(made));
    const pauses = new PauseContainers({ engine: engine as Engine, owner: { runtimeId: 'mine', nodeName: 'node-a' }, makeImage, clock: systemClock, logger: silentLogger });
    return Promise.all(Array.from({ length: count }, (_, index) => pauses.run(`sandbox-${index}`, {})));
  }

  test('do not fill the line in which containers wait to be started', async () => {
    const inLine: (() => void)[] = [];
    engine.start = () => new Promise((resolve) => inLine.push(resolve));
    const made = run(9);
    await settled();
    expect(inLine).toHaveLength(6);
    inLine.splice(0).forEach((started) => started());
    await settled();
    expect(inLine).toHaveLength(3);
    inLine.forEach((started) => started());
    expect(await made).toHaveLength(9);
  });

  test('have their image made once for all of them when it has gone', async () => {
    hasImage = false;
    const made = run(3);
    await settled();
    expect(makings).toHaveLength(1);
    hasImage = true;
    makings[0]!();
    expect(await made).toMatchObject([{ id: 'sandbox-0' }, { id: 'sandbox-1' }, { id: 'sandbox-2' }]);
  });

  test('are refused when their image has gone again', async () => {
    hasImage = false;
    const made = run(1);
    made.catch(() => undefined);
    await settled();
    makings[0]!();
    await expect(made).rejects.toBe(noImage);
    expect(makings).toHaveLength(1);
  });

  test('have no image made where something else is not found', async () => {
    const noNetwork = refusal('network podql not found');
    engine.create = () => Promise.reject(noNetwork);
    await expect(run(1)).rejects.toBe(noNetwork);
    expect(makings).toEqual([]);
  });
});
