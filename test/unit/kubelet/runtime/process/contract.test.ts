import { describeRuntimeContract } from '../../../../conformance/runtime';
import { eventually, temporaryDirectory } from './support';
import { openProcessRuntime } from './support';

describeRuntimeContract({
  name: 'process',
  create: async () => {
    const directory = await temporaryDirectory();
    return {
      open: () => openProcessRuntime(directory.path),
      abandon: (runtime) => runtime.close(),
      until: eventually,
      dispose: () => directory.remove(),
    };
  },
  capabilities: { name: 'process', survivesRestart: true, resourceLimits: false, podNetwork: false },
  skip: [],
});
