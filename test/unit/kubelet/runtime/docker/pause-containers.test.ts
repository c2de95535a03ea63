import { systemClock } from '../../../../../src/base/clock';
import { silentLogger } from '../../../../../src/base/logger';
import type { ContainerDetails, Engine } from '../../../../../src/kubelet/runtime/docker/engine';
import { PauseContainers } from '../../../../../src/kubelet/runtime/docker/pause-containers';

const settled = (): Promise<void> => new Promise(setImmediate);

test('sandboxes that are made at the same time do not fill the line in which containers wait to be started', async () => {
  const inLine: (() => void)[] = [];
  const engine: Partial<Engine> = {
    create: (name) => Promise.resolve(name),
    start: () => new Promise((resolve) => inLine.push(resolve)),
    inspect: () => Promise.resolve({ NetworkSettings: { Networks: {} } } as ContainerDetails),
  };
  const pauses = new PauseContainers({ engine: engine as Engine, owner: { runtimeId: 'mine', nodeName: 'node-a' }, clock: systemClock, logger: silentLogger });
  const made = Promise.all(Array.from({ length: 9 }, (_, index) => pauses.run(`sandbox-${index}`, {})));
  await settled();
  expect(inLine).toHaveLength(6);
  inLine.splice(0).forEach((started) => started());
  await settled();
  expect(inLine).toHaveLength(3);
  inLine.forEach((started) => started());
  expect(await made).toHaveLength(9);
});
