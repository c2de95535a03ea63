import { silentLogger } from '../../../src/base/logger';
import { EventReporter } from '../../../src/kubelet/event-reporter';
import { defaultLimits } from '../../../src/server/options';
import { FakeClock } from '../../support/fake-clock';
import { FakeControlPlane } from '../../support/fake-control-plane';
import { steadyIdentity } from '../../support/kubelet-harness';

let clock: FakeClock;
let api: FakeControlPlane;
let reporter: EventReporter;
let ending: AbortController;
let running: Promise<void>;

beforeEach(() => {
  clock = new FakeClock();
  api = new FakeControlPlane(clock);
  ending = new AbortController();
  reporter = new EventReporter({ client: api, nodeName: 'node-a', clock, identity: steadyIdentity, logger: silentLogger });
  running = reporter.run(ending.signal);
});

afterEach(async () => {
  ending.abort();
  await running;
  expect(clock.pendingTimers).toBe(0);
});

describe('telling events', () => {
  it('sends in one call no more than the server takes, and all of it', async () => {
    api.largestCall = defaultLimits.bodyBytes;
    for (let n = 0; n < 400; n += 1) reporter.record(`uid-${n}`, { type: 'WARNING', reason: 'Failed', message: '\u0007'.repeat(1_024) });
    await clock.advance(5_000);
    expect(api.eventCalls.flat().map(({ podUid }) => podUid)).toEqual(Array.from({ length: 400 }, (_, n) => `uid-${n}`));
  });
});
