import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import type { Container, Probe } from '../../../src/api/pod';
import { systemClock } from '../../../src/base/clock';
import type { CheckResult, ProbeChecker } from '../../../src/kubelet/probe-check';
import { createProbeChecker } from '../../../src/kubelet/probe-check';
import { Probes, countResult, noStreak } from '../../../src/kubelet/probes';
import { createFakeRuntime } from '../../../src/kubelet/runtime/fake/fake-runtime';
import { RuntimeError } from '../../../src/kubelet/runtime/runtime';
import { aContainer, aPodSpec } from '../../support/builders';
import { FakeClock, settle } from '../../support/fake-clock';

function aProbe(overrides: Partial<Probe> = {}): Probe {
  return {
    exec: { command: ['true'] },
    httpGet: null,
    tcpSocket: null,
    initialDelaySeconds: 0,
    periodSeconds: 10,
    timeoutSeconds: 1,
    successThreshold: 1,
    failureThreshold: 3,
    ...overrides,
  };
}

describe('thresholds', () => {
  it('count in a row: one result of the other kind starts over', () => {
    const probe = { successThreshold: 2, failureThreshold: 3 };
    const verdicts: (boolean | null)[] = [];
    let streak = noStreak;
    for (const isWell of [true, true, false, false, true, false, false, false, true, true]) {
      const counted = countResult(streak, isWell, probe);
      streak = counted.streak;
      verdicts.push(counted.verdict);
    }
    expect(verdicts).toEqual([null, true, null, null, null, null, null, false, null, true]);
  });
});

describe('probing a container', () => {
  let clock: FakeClock;
  let answers: (CheckResult | undefined)[];
  let asked: { probe: Probe; at: number }[];
  let changes: number;
  let unhealthy: string[];
  let probes: Probes;

  beforeEach(() => {
    clock = new FakeClock({ now: 0 });
    answers = [null];
    asked = [];
    changes = 0;
    unhealthy = [];
    const checker: ProbeChecker = {
      check(probe) {
        asked.push({ probe, at: clock.now() });
        return Promise.resolve(answers.length > 1 ? answers.shift() : answers[0]);
      },
    };
    probes = new Probes({ checker, clock, onChange: () => (changes += 1), onUnhealthy: (message) => void unhealthy.push(message) });
  });

  afterEach(() => {
    probes.close();
    expect(clock.pendingTimers).toBe(0);
  });

  function track(container: Partial<Container>, more: { ranFor?: number; wasStarted?: boolean; wasReady?: boolean } = {}): void {
    probes.track([{ id: 'c', container: aContainer(container), host: '127.0.0.1', ranFor: 0, wasStarted: false, wasReady: false, ...more }]);
  }

  it('is ready once the readiness probe has succeeded, and not ready after its failures, without being killed', async () => {
    answers = ['not yet', null, 'down', 'down', 'down'];
    track({ readinessProbe: aProbe() });
    expect(probes.results.get('c')).toEqual({ started: true, ready: false, failure: null });
    await clock.advance(0);
    expect(probes.results.get('c')?.ready).toBe(false);
    await clock.advance(10_000);
    expect(probes.results.get('c')?.ready).toBe(true);
    await clock.advance(20_000);
    expect(probes.results.get('c')?.ready).toBe(true);
    await clock.advance(10_000);
    expect(probes.results.get('c')).toEqual({ started: true, ready: false, failure: null });
    expect(changes).toBe(2);
  });

  it('fails for good after failureThreshold failures of the liveness probe, and says why', async () => {
    answers = ['GET / answered 500'];
    track({ livenessProbe: aProbe() });
    await clock.advance(10_000);
    expect(probes.results.get('c')?.failure).toBeNull();
    await clock.advance(10_000);
    expect(probes.results.get('c')?.failure).toBe('its liveness probe failed 3 times: GET / answered 500');
  });

  it('counts only what the container itself answered', async () => {
    answers = ['down', undefined, 'down', undefined];
    track({ livenessProbe: aProbe() });
    await clock.advance(600_000);
    expect(probes.results.get('c')?.failure).toBeNull();
    answers = ['down'];
    await clock.advance(10_000);
    expect(probes.results.get('c')?.failure).toBe('its liveness probe failed 3 times: down');
  });

  it('tells once of each row of failures, when it reaches its threshold, and what it saw then', async () => {
    answers = ['refused', 'GET / answered 500', 'GET / answered 503', 'GET / answered 500', null, 'refused', null, 'refused', 'refused'];
    track({ readinessProbe: aProbe({ periodSeconds: 1, failureThreshold: 2 }) });
    await clock.advance(3_000);
    expect(unhealthy).toEqual(['the readiness probe of container main failed: GET / answered 500']);
    await clock.advance(60_000);
    expect(unhealthy.slice(1)).toEqual(['the readiness probe of container main failed: refused']);
  });

  it('waits for the initial delay, counted from the start of the container, then looks once per period', async () => {
    track({ livenessProbe: aProbe({ initialDelaySeconds: 5, periodSeconds: 2 }) }, { ranFor: 2_000 });
    await clock.advance(7_000);
    expect(asked.map(({ at }) => at)).toEqual([3_000, 5_000, 7_000]);
  });

  it('counts initial delays from there also after a startup probe', async () => {
    answers = ['booting', 'booting', null];
    const readinessProbe = aProbe({ initialDelaySeconds: 30 });
    track({ startupProbe: aProbe({ periodSeconds: 30, failureThreshold: 3 }), readinessProbe });
    await clock.advance(60_000);
    expect(asked.map(({ at }) => at)).toEqual([0, 30_000, 60_000, 60_000]);
    expect(asked.at(-1)?.probe).toEqual(readinessProbe);
  });

  it('does not begin anew with the startup probe of what had started before, whether it is ready or not', async () => {
    const readinessProbe = aProbe();
    answers = ['down'];
    track({ startupProbe: aProbe({ failureThreshold: 1 }), readinessProbe }, { wasStarted: true });
    await clock.advance(30_000);
    expect(probes.results.get('c')).toEqual({ started: true, ready: false, failure: null });
    expect(new Set(asked.map(({ probe }) => probe))).toEqual(new Set([readinessProbe]));
  });

  it('fills the variables of the container into a command', async () => {
    const env = [{ name: 'A', value: '1' }, { name: 'B', value: '$(A)' }];
    track({ env, livenessProbe: aProbe({ exec: { command: ['test', '$(A)', '$$(A)', '$(B)', '$(NONE)'] }, httpGet: null }) });
    await clock.advance(0);
    expect(asked[0]?.probe.exec?.command).toEqual(['test', '1', '$(A)', '$(A)', '$(NONE)']);
  });

  it('lets the other probes begin only after the startup probe has passed, and then ends that', async () => {
    const startupProbe = aProbe({ periodSeconds: 1, failureThreshold: 30 });
    const livenessProbe = aProbe({ periodSeconds: 1, timeoutSeconds: 2 });
    answers = ['booting', 'booting', null];
    track({ startupProbe, livenessProbe });
    await clock.advance(1_999);
    expect(probes.results.get('c')).toEqual({ started: false, ready: false, failure: null });
    expect(new Set(asked.map(({ probe }) => probe))).toEqual(new Set([startupProbe]));
    await clock.advance(3_000);
    expect(probes.results.get('c')).toEqual({ started: true, ready: true, failure: null });
    expect(asked.slice(3).every(({ probe }) => probe.timeoutSeconds === 2)).toBe(true);
    expect(asked.length).toBeGreaterThan(4);
  });

  it('what never starts up fails for good', async () => {
    answers = ['booting'];
    track({ startupProbe: aProbe({ periodSeconds: 1, failureThreshold: 4 }) });
    await clock.advance(3_000);
    expect(probes.results.get('c')?.failure).toContain('startup probe failed 4 times');
  });

  it('what an earlier kubelet saw ready stays ready until a probe says otherwise', async () => {
    answers = ['down'];
    track({ startupProbe: aProbe(), readinessProbe: aProbe({ failureThreshold: 2 }) }, { wasStarted: true, wasReady: true });
    expect(probes.results.get('c')).toEqual({ started: true, ready: true, failure: null });
    await clock.advance(10_000);
    expect(probes.results.get('c')?.ready).toBe(false);
  });

  it('forgets a container that left, and asks no more', async () => {
    track({ livenessProbe: aProbe({ periodSeconds: 1 }) });
    await clock.advance(2_000);
    const before = asked.length;
    probes.track([]);
    await clock.advance(10_000);
    expect(asked).toHaveLength(before);
    expect(probes.results.size).toBe(0);
  });
});

describe('one check', () => {
  const never = new AbortController().signal;
  let server: Server | undefined;

  afterEach(async () => {
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
    server = undefined;
  });

  async function listen(candidate: Server): Promise<number> {
    server = candidate;
    await new Promise<void>((resolve) => candidate.listen(0, '127.0.0.1', resolve));
    return (candidate.address() as AddressInfo).port;
  }

  const target = { containerId: 'none', host: '127.0.0.1' };

  function check(probe: Partial<Probe>, clock = systemClock): Promise<CheckResult | undefined> {
    return createProbeChecker({ runtime: createFakeRuntime({ clock }), isRuntimeAway: () => false, clock }).check(aProbe({ exec: null, ...probe }), target, never);
  }

  it.each([
    [200, null],
    [302, null],
    [404, 'GET /health answered 404'],
    [500, 'GET /health answered 500'],
  ])('an HTTP status %i is %s', async (status, expected) => {
    const seen: (string | undefined)[] = [];
    const port = await listen(
      createServer((request, response) => {
        seen.push(request.url, request.headers['x-probe']?.toString());
        response.writeHead(status).end();
      }),
    );
    const httpGet = { path: '/health', port, scheme: 'HTTP', headers: [{ name: 'X-Probe', value: 'yes' }] } as const;
    expect(await check({ httpGet })).toBe(expected);
    expect(seen).toEqual(['/health', 'yes']);
  });

  it('a TCP port is well when it accepts', async () => {
    const port = await listen(createTcpServer((socket) => socket.destroy()));
    expect(await check({ tcpSocket: { port } })).toBeNull();
  });

  it('a closed port is not', async () => {
    const port = await listen(createTcpServer());
    await new Promise<void>((resolve) => server?.close(() => resolve()));
    server = undefined;
    expect(await check({ tcpSocket: { port } })).toContain('ECONNREFUSED');
    expect(await check({ httpGet: { path: '/', port, scheme: 'HTTP', headers: [] } })).toContain('ECONNREFUSED');
  });

  it('an answer that does not come in time is a failure', async () => {
    const clock = new FakeClock();
    const port = await listen(createServer(() => undefined));
    const result = check({ httpGet: { path: '/', port, scheme: 'HTTP', headers: [] }, timeoutSeconds: 2 }, clock);
    await settle();
    await clock.advance(2_000);
    expect(await result).toBe('no answer within 2 s');
  });

  it('a command is well when it leaves with 0; the true reason is told when it cannot be run', async () => {
    const clock = new FakeClock();
    const runtime = createFakeRuntime({ clock });
    const checker = createProbeChecker({ runtime, isRuntimeAway: () => false, clock });
    await runtime.ensureSandbox({ podUid: 'u', namespace: 'default', podName: 'p', spec: aPodSpec(), hostname: null });
    const config = { identity: { podUid: 'u', containerName: 'main', attempt: 0, init: false }, namespace: 'default', podName: 'p', container: aContainer(), spec: aPodSpec(), extraEnv: {}, notes: {} };
    const ids = new Map<string, string>();
    for (const [name, exec] of [['well', 0], ['ill', 3], ['slow', '"timeout"']] as const) {
      const annotations = { 'fake.podql.io/main': `[{"run": "forever", "exec": ${exec}}]` };
      const identity = { ...config.identity, containerName: 'main', attempt: ids.size };
      const { id } = await runtime.create({ ...config, identity, annotations });
      await runtime.start(id);
      ids.set(name, id);
    }
    const run = (name: string) => checker.check(aProbe(), { ...target, containerId: ids.get(name) ?? name }, never);
    expect(await run('well')).toBeNull();
    expect(await run('ill')).toBe('the command left with exit code 3');
    expect(await run('gone')).toBeUndefined();
    const slow = run('slow');
    await clock.advance(1_000);
    expect(await slow).toBe('no answer within 1 s');
  });

  it('a runtime that is away says nothing of the container', async () => {
    const clock = new FakeClock();
    const runtime = createFakeRuntime({ clock });
    let isAway = false;
    const checker = createProbeChecker({ runtime, isRuntimeAway: () => isAway, clock });
    const run = () => checker.check(aProbe(), target, never);
    runtime.failNext('exec', new RuntimeError('UNAVAILABLE', 'the engine is away'));
    expect(await run()).toBeUndefined();
    isAway = true;
    runtime.failNext('exec', new RuntimeError('TIMEOUT', 'the engine did not answer'));
    expect(await run()).toBeUndefined();
    isAway = false;
    runtime.failNext('exec', new RuntimeError('TIMEOUT', 'it took too long'));
    expect(await run()).toBe('no answer within 1 s');
  });
});
