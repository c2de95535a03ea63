import { systemClock } from '../../../src/base/clock';
import { systemIdentity } from '../../../src/base/identity';
import { createInProcessClient } from '../../../src/client/in-process';
import { describeApiContract } from '../../conformance/api';

describeApiContract({
  name: 'calls within the process',
  create: (api, { timeoutMilliseconds }) =>
    createInProcessClient(api.inProcess({ name: 'tester', roles: ['ADMIN'], nodeName: null }), {
      clock: systemClock,
      identity: systemIdentity,
      timeoutMilliseconds,
    }),
});
