import { silentLogger } from '../../../src/base/logger';
import { EventReporter } from '../../../src/kubelet/event-reporter';
import { defaultLimits } from '../../../src/server/options';
import { FakeClock } from '../../support/fake-clock';
import { FakeControlPlane } from '../../support/fake-control-plane';
import { KubeletHarness, steadyIdentity } from '../../support/kubelet-harness';

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

it('a kubelet tells of its node when the disk fills, and when there is room again', async () => {
  const disk = { folder: '/data', availableBytes: 1, totalBytes: 100 };
  const readings = { memoryAvailableBytes: null, disks: [disk] };
  const harness = new KubeletHarness({ readMachine: () => Promise.resolve(readings) });
  await harness.start();
  await harness.pass(2_000);
  const told = () => harness.api.eventCalls.flat().map(({ podUid, type, reason, count }) => [podUid, type, reason, count]);
  expect(told()).toEqual([[null, 'WARNING', 'NodeHasDiskPressure', 1]]);
  readings.disks = [{ ...disk, availableBytes: 50 }];
  await harness.pass(330_000, 1_000);
  expect(told().slice(1)).toEqual([[null, 'NORMAL', 'NodeHasNoDiskPressure', 1]]);
  await harness.stop();
});
