import type { Container, ContainerState, ContainerStatus, ContainerTerminated, PodPhase, RestartPolicy } from '../../../src/api/pod';
import { podPhase } from '../../../src/kubelet/phase';
import { aContainer, aContainerStatus, aMoment } from '../../support/builders';

/**
 * Words of the tables: R running, R* running and started, S exit 0, F exit 1, W waiting without history,
 * W0 W1 waiting after an exit 0 or 1, - no status.
 */
type Word = 'R' | 'R*' | 'S' | 'F' | 'W' | 'W0' | 'W1' | '-';

function terminated(exitCode: number): ContainerTerminated {
  return { kind: 'ContainerTerminated', exitCode, signal: null, reason: 'Error', message: null, startedAt: aMoment, finishedAt: aMoment };
}

function statusOf(name: string, word: Word): ContainerStatus[] {
  const waiting: ContainerState = { kind: 'ContainerWaiting', reason: 'x', message: null, nextAttemptAt: null };
  switch (word) {
    case '-':
      return [];
    case 'R':
    case 'R*':
      return [aContainerStatus({ name })];
    case 'S':
      return [aContainerStatus({ name, state: terminated(0) })];
    case 'F':
      return [aContainerStatus({ name, state: terminated(1) })];
    case 'W':
      return [aContainerStatus({ name, state: waiting })];
    case 'W0':
      return [aContainerStatus({ name, state: waiting, lastState: terminated(0) })];
    case 'W1':
      return [aContainerStatus({ name, state: waiting, lastState: terminated(1) })];
  }
}

interface Row {
  readonly policy: RestartPolicy;
  readonly init?: readonly [word: Word, container?: Partial<Container>][];
  readonly apps: readonly [word: Word, container?: Partial<Container>][];
  readonly hasRun?: boolean;
  readonly finalising?: boolean;
  readonly previous?: PodPhase;
}

function phaseOf({ policy, init = [], apps, hasRun = true, finalising = false, previous = 'PENDING' }: Row): PodPhase {
  return podPhase({
    spec: {
      restartPolicy: policy,
      initContainers: init.map(([, container], index) => aContainer({ name: `init${index}`, ...container })),
      containers: apps.map(([, container], index) => aContainer({ name: `app${index}`, ...container })),
    },
    initContainerStatuses: init.flatMap(([word], index) => statusOf(`init${index}`, word)),
    containerStatuses: apps.flatMap(([word], index) => statusOf(`app${index}`, word)),
    previous,
    hasRun,
    started: new Set(init.flatMap(([word], index) => (word === 'R*' ? [`init${index}`] : []))),
    finalising,
  });
}

const policies = ['ALWAYS', 'ON_FAILURE', 'NEVER'] as const;

describe('the phase of a pod with two app containers', () => {
  const table: [Word, Word, PodPhase, PodPhase, PodPhase][] = [
    ['-', '-', 'PENDING', 'PENDING', 'PENDING'],
    ['R', 'R', 'RUNNING', 'RUNNING', 'RUNNING'],
    ['S', 'S', 'RUNNING', 'SUCCEEDED', 'SUCCEEDED'],
    ['F', 'F', 'RUNNING', 'RUNNING', 'FAILED'],
    ['S', 'F', 'RUNNING', 'RUNNING', 'FAILED'],
    ['R', 'S', 'RUNNING', 'RUNNING', 'RUNNING'],
    ['R', 'F', 'RUNNING', 'RUNNING', 'RUNNING'],
    ['R', '-', 'PENDING', 'PENDING', 'PENDING'],
    ['R', 'W', 'PENDING', 'PENDING', 'PENDING'],
    ['R', 'W0', 'RUNNING', 'RUNNING', 'RUNNING'],
    ['R', 'W1', 'RUNNING', 'RUNNING', 'RUNNING'],
    ['W1', 'W1', 'RUNNING', 'RUNNING', 'RUNNING'],
  ];
  const rows = table.flatMap(([a, b, ...expected]) => policies.map((policy, index) => [a, b, policy, expected[index]] as const));

  it.each(rows)('%s,%s under %s is %s', (a, b, policy, expected) => {
    expect(phaseOf({ policy, apps: [[a], [b]] })).toBe(expected);
  });

  it.each([
    ['S', 'S', 'SUCCEEDED'],
    ['S', 'F', 'FAILED'],
  ] as const)('%s,%s of a pod that is being ended is %s, whatever the policy', (a, b, expected) => {
    for (const policy of policies) expect(phaseOf({ policy, apps: [[a], [b]], finalising: true })).toBe(expected);
  });

  it.each(['SUCCEEDED', 'FAILED'] as const)('%s is never left', (previous) => {
    expect(phaseOf({ policy: 'ALWAYS', apps: [['R'], ['R']], previous })).toBe(previous);
    expect(phaseOf({ policy: 'ALWAYS', apps: [['-'], ['-']], previous })).toBe(previous);
  });

  it('leaves UNKNOWN as soon as the kubelet speaks again', () => {
    expect(phaseOf({ policy: 'ALWAYS', apps: [['R'], ['R']], previous: 'UNKNOWN' })).toBe('RUNNING');
  });
});

describe('the phase of a pod with one init container', () => {
  it.each([
    ['-', 'PENDING', 'PENDING'],
    ['R', 'PENDING', 'PENDING'],
    ['F', 'PENDING', 'FAILED'],
    ['W0', 'PENDING', 'PENDING'],
    ['W1', 'PENDING', 'FAILED'],
    ['W', 'PENDING', 'PENDING'],
  ] as const)('%s, no app container yet: %s under ALWAYS, %s under NEVER', (init, always, never) => {
    const phaseUnder = (policy: RestartPolicy): PodPhase => phaseOf({ policy, init: [[init]], apps: [['-'], ['-']], hasRun: false });
    expect(phaseUnder('ALWAYS')).toBe(always);
    expect(phaseUnder('NEVER')).toBe(never);
  });

  it.each([
    ['R', 'PENDING', 'PENDING', 'PENDING'],
    ['F', 'PENDING', 'PENDING', 'FAILED'],
    ['W0', 'PENDING', 'PENDING', 'PENDING'],
    ['W1', 'PENDING', 'PENDING', 'FAILED'],
    ['W', 'PENDING', 'PENDING', 'PENDING'],
    ['S', 'PENDING', 'PENDING', 'PENDING'],
  ] as const)('%s, app containers that wait for it: %s under ALWAYS, %s under ON_FAILURE, %s under NEVER', (init, ...expected) => {
    policies.forEach((policy, index) => {
      expect(phaseOf({ policy, init: [[init]], apps: [['W'], ['W']], hasRun: false })).toBe(expected[index]);
    });
  });

  it.each(['ALWAYS', 'NEVER'] as const)('S with R,R under %s is RUNNING', (policy) => {
    expect(phaseOf({ policy, init: [['S']], apps: [['R'], ['R']] })).toBe('RUNNING');
  });
});

describe('the phase of a pod with a sidecar', () => {
  const sidecar = { restartPolicy: 'ALWAYS' } as const;

  it.each(['-', 'R', 'R*', 'S', 'F', 'W0', 'W1', 'W'] as const)('%s before any app container: PENDING', (word) => {
    for (const policy of ['ALWAYS', 'NEVER'] as const) {
      expect(phaseOf({ policy, init: [[word, sidecar]], apps: [['-'], ['-']], hasRun: false })).toBe('PENDING');
    }
  });

  it('R* with R,- is PENDING', () => {
    for (const policy of ['ALWAYS', 'NEVER'] as const) expect(phaseOf({ policy, init: [['R*', sidecar]], apps: [['R'], ['-']] })).toBe('PENDING');
  });

  it.each(['R*', 'R', 'S', 'F', 'W0', 'W1'] as const)('%s with R,R is RUNNING', (word) => {
    expect(phaseOf({ policy: 'ALWAYS', init: [[word, sidecar]], apps: [['R'], ['R']] })).toBe('RUNNING');
  });

  it('R, not started, with R,R in a new sandbox is PENDING', () => {
    expect(phaseOf({ policy: 'ALWAYS', init: [['R', sidecar]], apps: [['R'], ['R']], hasRun: false })).toBe('PENDING');
  });

  it.each([
    ['R*', 'RUNNING'],
    ['R', 'RUNNING'],
    ['S', 'SUCCEEDED'],
    ['F', 'SUCCEEDED'],
    ['W0', 'SUCCEEDED'],
    ['W1', 'SUCCEEDED'],
  ] as const)('%s with S,S under NEVER is %s', (word, expected) => {
    expect(phaseOf({ policy: 'NEVER', init: [[word, sidecar]], apps: [['S'], ['S']] })).toBe(expected);
  });

  it.each(['F', 'S'] as const)('%s with S,S of a pod that is being ended is SUCCEEDED', (word) => {
    expect(phaseOf({ policy: 'ALWAYS', init: [[word, sidecar]], apps: [['S'], ['S']], finalising: true })).toBe('SUCCEEDED');
  });

  it('W beside app containers that wait for it is PENDING', () => {
    for (const policy of policies) expect(phaseOf({ policy, init: [['W', sidecar]], apps: [['W'], ['W']], hasRun: false })).toBe('PENDING');
  });

  it.each([
    ['R', 'R', 'R', false, 'PENDING'],
    ['R', 'R', 'S', false, 'PENDING'],
    ['S', 'R', 'S', false, 'PENDING'],
    ['S', 'R', 'S', true, 'RUNNING'],
    ['S', 'R', 'R', true, 'RUNNING'],
  ] as const)('init %s, sidecar %s, app %s, has run %s: %s', (init, side, app, hasRun, expected) => {
    expect(phaseOf({ policy: 'ALWAYS', init: [[init], [side, sidecar]], apps: [[app]], hasRun })).toBe(expected);
  });
});

describe('the phase with policies of single containers', () => {
  const never = { restartPolicy: 'NEVER' } as const;
  const onFailure = { restartPolicy: 'ON_FAILURE' } as const;
  const always = { restartPolicy: 'ALWAYS' } as const;
  const rows: [string, Row, PodPhase][] = [
    ['NEVER and failed, of an ALWAYS pod', { policy: 'ALWAYS', apps: [['F', never]] }, 'FAILED'],
    ['ON_FAILURE and failed, of an ALWAYS pod', { policy: 'ALWAYS', apps: [['F', onFailure]] }, 'RUNNING'],
    ['ALWAYS and failed, of an ALWAYS pod', { policy: 'ALWAYS', apps: [['F', always]] }, 'RUNNING'],
    ['ALWAYS and succeeded beside a failed one, of a NEVER pod', { policy: 'NEVER', apps: [['S', always], ['F']] }, 'RUNNING'],
    ['NEVER and failed beside ON_FAILURE and succeeded', { policy: 'ALWAYS', apps: [['F', never], ['S', onFailure]] }, 'FAILED'],
    ['NEVER and succeeded beside ON_FAILURE and succeeded', { policy: 'ALWAYS', apps: [['S', never], ['S', onFailure]] }, 'SUCCEEDED'],
    ['init NEVER and failed, of an ALWAYS pod', { policy: 'ALWAYS', init: [['F', never]], apps: [['-']], hasRun: false }, 'FAILED'],
    ['init ON_FAILURE and failed, of a NEVER pod', { policy: 'NEVER', init: [['F', onFailure]], apps: [['-']], hasRun: false }, 'PENDING'],
    ['ALWAYS and succeeded, of a NEVER pod', { policy: 'NEVER', apps: [['S', always]] }, 'RUNNING'],
    ['ON_FAILURE and succeeded, of an ALWAYS pod', { policy: 'ALWAYS', apps: [['S', onFailure]] }, 'SUCCEEDED'],
    ['init NEVER that waits after a failure, of an ALWAYS pod', { policy: 'ALWAYS', init: [['W1', never]], apps: [['W']], hasRun: false }, 'FAILED'],
    ['sidecar that failed beside an app container that waits, of a NEVER pod', { policy: 'NEVER', init: [['F', always]], apps: [['W']], hasRun: false }, 'PENDING'],
    ['sidecar that failed, of a NEVER pod', { policy: 'NEVER', init: [['F', always]], apps: [['-']], hasRun: false }, 'PENDING'],
  ];
  it.each(rows)('%s', (_name, row, expected) => {
    expect(phaseOf(row)).toBe(expected);
  });
});
