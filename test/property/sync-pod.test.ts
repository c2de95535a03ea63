import fc from 'fast-check';
import type { PodPhase, RestartPolicy } from '../../src/api/pod';
import { restartPolicies } from '../../src/api/pod';
import { aContainer, aPod } from '../support/builders';
import { PodSimulation } from '../support/pod-simulation';

/** What happens to a pod from outside, in any order. Numbers choose among what is there. */
type Step =
  | { readonly do: 'exit'; readonly which: number; readonly code: number }
  | { readonly do: 'pass' }
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'accept' }
  | { readonly do: 'restartKubelet' }
  | { readonly do: 'loseRuntime' }
  | { readonly do: 'probeFails'; readonly which: number }
  | { readonly do: 'finishStops'; readonly code: number }
  | { readonly do: 'changeImage' }
  | { readonly do: 'delete' };

const code = fc.constantFrom(0, 0, 1, 137);
const usual: fc.Arbitrary<Step>[] = [
  fc.record({ do: fc.constant('exit' as const), which: fc.nat(9), code }),
  fc.record({ do: fc.constant('exit' as const), which: fc.nat(9), code }),
  fc.constant({ do: 'pass' } as const),
  fc.record({ do: fc.constant('wait' as const), seconds: fc.nat(90) }),
  fc.constant({ do: 'accept' } as const),
  fc.constant({ do: 'restartKubelet' } as const),
  fc.constant({ do: 'loseRuntime' } as const),
  fc.record({ do: fc.constant('probeFails' as const), which: fc.nat(9) }),
  fc.record({ do: fc.constant('finishStops' as const), code }),
];
const steps = (more: fc.Arbitrary<Step>[] = []) => fc.array(fc.oneof(...usual, ...more), { maxLength: 40 });
const policy = fc.constantFrom<RestartPolicy>(...restartPolicies);
const shape = fc.record({ policy, apps: fc.integer({ min: 1, max: 3 }), inits: fc.nat(2), sidecar: fc.boolean() });

function podOf({ policy: restartPolicy, apps, inits, sidecar }: { policy: RestartPolicy; apps: number; inits: number; sidecar: boolean }) {
  const initContainers = Array.from({ length: inits }, (_, n) => aContainer({ name: `init${n}` }));
  const sidecars = sidecar ? [aContainer({ name: 'side', restartPolicy: 'ALWAYS' })] : [];
  const containers = Array.from({ length: apps }, (_, n) => aContainer({ name: `app${n}` }));
  return aPod({ spec: { restartPolicy, containers, initContainers: [...initContainers.slice(0, 1), ...sidecars, ...initContainers.slice(1)] } });
}

function take(simulation: PodSimulation, step: Step): void {
  const running = simulation.running();
  const chosen = 'which' in step ? running[step.which % Math.max(1, running.length)] : undefined;
  switch (step.do) {
    case 'exit':
      if (chosen) simulation.exit(chosen.id, step.code);
      return;
    case 'pass':
      return void simulation.settle();
    case 'wait':
      simulation.now += step.seconds * 1000;
      return;
    case 'accept':
      return simulation.accept();
    case 'restartKubelet':
      return simulation.restartKubelet();
    case 'loseRuntime':
      // Only what was reported can be known afterwards.
      simulation.settle();
      simulation.accept();
      return simulation.loseRuntime();
    case 'probeFails':
      if (chosen) simulation.probes.set(chosen.id, { started: true, ready: false, failure: 'liveness' });
      return;
    case 'finishStops':
      return simulation.finishStops(step.code);
    case 'changeImage': {
      const { pod } = simulation;
      const containers = pod.spec.containers.map((container) => ({ ...container, image: `${container.image}x` }));
      simulation.pod = { ...pod, generation: pod.generation + 1, spec: { ...pod.spec, containers } };
      return;
    }
    case 'delete':
      simulation.pod = { ...simulation.pod, deletionTimestamp: new Date(simulation.now).toISOString(), deletionGracePeriodSeconds: 30 };
  }
}

function checkNow(simulation: PodSimulation): void {
  const names = simulation.records.filter((record) => record.phase === 'running').map((record) => record.identity.containerName);
  expect(new Set(names).size).toBe(names.length);
}

function checkHistory(simulation: PodSimulation): void {
  let terminal: PodPhase | null = null;
  const counts = new Map<string, number>();
  for (const status of simulation.statuses) {
    if (terminal) expect(status.phase).toBe(terminal);
    if (status.phase === 'SUCCEEDED' || status.phase === 'FAILED') terminal = status.phase;
    for (const { name, restartCount } of [...status.containerStatuses, ...status.initContainerStatuses]) {
      expect(restartCount).toBeGreaterThanOrEqual(counts.get(name) ?? 0);
      counts.set(name, restartCount);
    }
  }
}

/** Nothing happens any more except that time goes by and init containers do their work: the pod comes to rest. */
function comeToRest(simulation: PodSimulation): void {
  for (let n = 0; n < 20; n += 1) {
    simulation.settle();
    simulation.accept();
    simulation.finishStops(0);
    for (const record of simulation.running()) if (record.identity.containerName.startsWith('init')) simulation.exit(record.id, 0);
    simulation.now += 61_000;
  }
  simulation.settle();
}

describe('a pod under any sequence of exits, kills, restarts and losses', () => {
  it('has never two running containers of one name, counts restarts upwards, keeps terminal phases, and settles', () => {
    fc.assert(
      fc.property(shape, steps([fc.constant({ do: 'changeImage' })]), (pod, sequence) => {
        const simulation = new PodSimulation(podOf(pod));
        for (const step of sequence) {
          take(simulation, step);
          checkNow(simulation);
        }
        comeToRest(simulation);
        checkHistory(simulation);
        for (const [, attempts] of simulation.runs) expect(new Set(attempts).size).toBe(attempts.length);
      }),
      { numRuns: 500 },
    );
  });

  it('runs each container of a NEVER pod at most once', () => {
    fc.assert(
      fc.property(shape, steps(), (pod, sequence) => {
        const simulation = new PodSimulation(podOf({ ...pod, policy: 'NEVER' }));
        for (const step of sequence) take(simulation, step);
        comeToRest(simulation);
        for (const [name, attempts] of simulation.runs) if (name !== 'side') expect(attempts).toEqual([0]);
      }),
      { numRuns: 500 },
    );
  });

  it('under ALWAYS ends with everything running', () => {
    fc.assert(
      fc.property(shape, steps(), (pod, sequence) => {
        const simulation = new PodSimulation(podOf({ ...pod, policy: 'ALWAYS' }));
        for (const step of sequence) take(simulation, step);
        simulation.probes.clear();
        comeToRest(simulation);
        expect(simulation.base.phase).toBe('RUNNING');
        expect(simulation.running()).toHaveLength(pod.apps + (pod.sidecar ? 1 : 0));
      }),
      { numRuns: 200 },
    );
  });

  it('that is deleted ends with nothing running and lets its object go only after its end was reported', () => {
    fc.assert(
      fc.property(shape, steps(), steps(), (pod, before, after) => {
        const simulation = new PodSimulation(podOf(pod));
        for (const step of before) take(simulation, step);
        take(simulation, { do: 'delete' });
        for (const step of after) {
          take(simulation, step);
          if (simulation.deletePodAsked) expect(simulation.running()).toHaveLength(0);
        }
        comeToRest(simulation);
        expect(simulation.running()).toHaveLength(0);
        expect(simulation.deletePodAsked).toBe(true);
        expect(['SUCCEEDED', 'FAILED']).toContain(simulation.pod.status.phase);
      }),
      { numRuns: 300 },
    );
  });
});
