import { createFakeRuntime } from '../../../../../src/kubelet/runtime/fake/fake-runtime';
import { createFakeRuntimeState } from '../../../../../src/kubelet/runtime/fake/state';
import { describeRuntimeContract } from '../../../../conformance/runtime';
import { FakeClock } from '../../../../support/fake-clock';

describeRuntimeContract({
  name: 'fake',
  create: async () => {
    const clock = new FakeClock();
    const state = createFakeRuntimeState();
    return {
      async open() {
        const runtime = createFakeRuntime({ clock, state });
        await runtime.open();
        return runtime;
      },
      abandon: async (runtime) => runtime.close(),
      async until(condition) {
        for (let step = 0; step < 1000; step += 1) {
          await clock.advance(0);
          if (await condition()) return;
          await clock.advance(clock.untilNext ?? 1000);
        }
        throw new Error('it never became true');
      },
      dispose: async () => undefined,
    };
  },
  capabilities: { name: 'fake', survivesRestart: true },
  skip: [{ id: 'R9', reason: 'nothing runs that could write into a volume' }],
});
