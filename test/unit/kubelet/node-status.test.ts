import { silentLogger } from '../../../src/base/logger';
import { createClient } from '../../../src/client/calls';
import type { Transport } from '../../../src/client/transport';
import { ApiError } from '../../../src/errors/api-error';
import { allocatableOf, bytesToQuantity } from '../../../src/kubelet/node-capacity';
import { findingsOf, noPressure } from '../../../src/kubelet/node-conditions';
import type { NodeStatusOptions } from '../../../src/kubelet/node-status';
import { NodeStatus } from '../../../src/kubelet/node-status';
import { FakeClock, settle } from '../../support/fake-clock';
import { FakeControlPlane } from '../../support/fake-control-plane';
import { steadyIdentity } from '../../support/kubelet-harness';

let clock: FakeClock;
let api: FakeControlPlane;
let problem: string | null;
let node: NodeStatus;
let ending: AbortController;
let running: Promise<void>;

function options(): NodeStatusOptions {
  return {
    client: api,
    nodeName: 'node-a',
    labels: { zone: 'z1' },
    capacity: { cpu: '4', memory: '8Gi', pods: 110 },
    allocatable: { cpu: '3', memory: '7Gi', pods: 110 },
    info: () => ({ os: 'linux', architecture: 'x64', runtime: 'fake', runtimeVersion: '1', kubeletVersion: '1.2.3' }),
    address: '10.0.0.7',
    leaseDurationSeconds: 30,
    findings: () => findingsOf(problem, null, noPressure),
    tell: () => undefined,
    clock,
    identity: steadyIdentity,
    logger: silentLogger,
  };
}

beforeEach(() => {
  clock = new FakeClock();
  api = new FakeControlPlane(clock);
  problem = null;
  ending = new AbortController();
  node = new NodeStatus(options());
  running = node.run(ending.signal);
});

afterEach(async () => {
  ending.abort();
  await running;
  expect(clock.pendingTimers).toBe(0);
});

describe('the object of this node', () => {
  it('is registered again when the API says something else of it than was told', async () => {
    await node.registered;
    await clock.advance(20_000);
    expect(api.registrations).toHaveLength(1);
    api.nodeConditions = api.nodeConditions.map((condition) => ({ ...condition, status: 'FALSE' as const }));
    await clock.advance(10_000);
    expect(api.registrations).toHaveLength(2);
    expect(api.nodeConditions).toMatchObject([{ type: 'Ready', status: 'TRUE' }]);
    await clock.advance(30_000);
    expect(api.registrations).toHaveLength(2);
  });

  it('is registered with all that is known of it', async () => {
    await node.registered;
    expect(api.registrations).toEqual([
      {
        name: 'node-a',
        labels: { zone: 'z1' },
        capacity: { cpu: '4', memory: '8Gi', pods: 110 },
        allocatable: { cpu: '3', memory: '7Gi', pods: 110 },
        info: { os: 'linux', architecture: 'x64', runtime: 'fake', runtimeVersion: '1', kubeletVersion: '1.2.3' },
        address: '10.0.0.7',
        leaseDurationSeconds: 30,
        conditions: [{ type: 'Ready', status: 'TRUE', reason: 'KubeletReady', message: null, lastTransitionTime: new Date(clock.now()).toISOString() }],
      },
    ]);
  });

  it('has its lease renewed three times per duration', async () => {
    await node.registered;
    await clock.advance(30_000);
    expect(api.renewals).toBe(3);
    expect(api.registrations).toHaveLength(1);
  });

  it('is registered again within ten seconds after it was deleted, however long its lease', async () => {
    await node.registered;
    const patient = new NodeStatus({ ...options(), leaseDurationSeconds: 3_600 });
    const end = new AbortController();
    const run = patient.run(end.signal);
    await patient.registered;
    ending.abort();
    await running;
    const { length } = api.registrations;
    api.forgetNode();
    await clock.advance(10_000);
    expect(api.registrations).toHaveLength(length + 1);
    end.abort();
    await run;
  });

  it('is registered again at once when the API does not know it', async () => {
    await node.registered;
    api.forgetNode();
    await clock.advance(10_000);
    expect(api.registrations).toHaveLength(2);
    await clock.advance(10_000);
    expect(api.renewals).toBe(1);
  });

  it('has a failed renewal repeated soon, not a third of the lease later', async () => {
    await node.registered;
    api.failNext('RenewClusterNodeLease', new ApiError('SERVER_TIMEOUT', 'slow'));
    await clock.advance(11_000);
    expect(api.renewals).toBe(1);
  });

  it('keeps its lease, however short, when a renewal or a registration gets no answer', async () => {
    ending.abort();
    await running;
    const hangs = { RegisterClusterNode: 0, RenewClusterNodeLease: 0 } as Record<string, number>;
    const signs: number[] = [];
    const transport: Transport = {
      execute: async ({ operation, variables }) => {
        if (hangs[operation.name]!-- > 0) await new Promise(() => undefined);
        signs.push(clock.monotonic());
        return { data: await api.mutate(operation, variables) };
      },
      subscribe: () => {
        throw new Error('nothing to subscribe to');
      },
      close: () => Promise.resolve(),
    };
    const client = createClient(transport, { clock, identity: steadyIdentity });
    node = new NodeStatus({ ...options(), client, leaseDurationSeconds: 10 });
    ending = new AbortController();
    running = node.run(ending.signal);
    await node.registered;
    for (const name of Object.keys(hangs)) {
      await clock.advance(5_000);
      hangs[name] = 1;
      problem = name === 'RegisterClusterNode' ? 'no socket' : null;
      if (problem !== null) node.refresh();
      await clock.advance(15_000);
    }
    const gaps = signs.slice(1).map((sign, index) => sign - signs[index]!);
    expect(Math.max(...gaps)).toBeLessThan(7_000);
  });

  it('is registered however long the API is away', async () => {
    ending.abort();
    await running;
    ending = new AbortController();
    api.registrations.length = 0;
    api.goDown();
    running = node.run(ending.signal);
    await clock.advance(600_000);
    api.comeUp();
    api.forgetNode();
    await clock.advance(10_000);
    expect(api.registrations.length).toBeGreaterThan(0);
  });

  it('shows that the runtime fails, why, and since when; then that it works again', async () => {
    await node.registered;
    await clock.advance(5_000);
    problem = 'no socket';
    node.refresh();
    await settle();
    const since = new Date(clock.now()).toISOString();
    expect(api.registrations.at(-1)?.conditions).toEqual([
      { type: 'Ready', status: 'FALSE', reason: 'RuntimeUnavailable', message: 'no socket', lastTransitionTime: since },
    ]);
    node.refresh();
    await settle();
    expect(api.registrations).toHaveLength(2);
    problem = null;
    node.refresh();
    await settle();
    expect(api.registrations.at(-1)?.conditions).toMatchObject([{ status: 'TRUE' }]);
  });
});

describe('what pods may use', () => {
  const capacity = { cpu: '4', memory: '8Gi', pods: 110 };
  it.each([
    [{ cpuMilli: 0, memoryBytes: 0 }, capacity],
    [{ cpuMilli: 500, memoryBytes: 2 ** 30 }, { cpu: '3500m', memory: '7Gi', pods: 110 }],
    [{ cpuMilli: 9000, memoryBytes: 2 ** 40 }, { cpu: '0', memory: '0Mi', pods: 110 }],
  ])('without %j', (reserved, wanted) => {
    expect(allocatableOf(capacity, reserved)).toEqual(wanted);
  });
});

describe('memory as a quantity', () => {
  it.each([
    [8 * 2 ** 30, '8Gi'],
    [8_318_877_696, '7933Mi'],
    [2 ** 20 - 1, '0Mi'],
  ])('%i bytes are %s', (bytes, quantity) => {
    expect(bytesToQuantity(bytes)).toBe(quantity);
  });
});
