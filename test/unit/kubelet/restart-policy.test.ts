import { defaultRestartBackoff } from '../../../src/api/pod';
import type { RestartQuestion } from '../../../src/kubelet/restart-policy';
import { decideRestart, restartsAfter } from '../../../src/kubelet/restart-policy';

const now = 1_000_000;

function ask(overrides: Partial<RestartQuestion> = {}) {
  return decideRestart({
    role: 'app',
    policy: 'ALWAYS',
    run: { exitCode: 1, startedAt: now - 10, finishedAt: now },
    killed: null,
    backoff: defaultRestartBackoff,
    step: 0,
    specChanged: false,
    now,
    ...overrides,
  });
}

describe('which exits lead to another run', () => {
  it.each([
    ['app', 'ALWAYS', 0, true],
    ['app', 'ALWAYS', 1, true],
    ['app', 'ON_FAILURE', 0, false],
    ['app', 'ON_FAILURE', 1, true],
    ['app', 'NEVER', 0, false],
    ['app', 'NEVER', 1, false],
    ['init', 'ALWAYS', 0, false],
    ['init', 'ALWAYS', 1, true],
    ['init', 'NEVER', 1, false],
    ['sidecar', 'ALWAYS', 0, true],
    ['sidecar', 'ALWAYS', 137, true],
  ] as const)('%s under %s with exit code %i: %s', (role, policy, exitCode, expected) => {
    expect(restartsAfter(role, policy, exitCode)).toBe(expected);
  });

  it('a container killed by its probe is started again unless NEVER, also if it left with 0', () => {
    const run = { exitCode: 0, startedAt: now - 10, finishedAt: now };
    expect(ask({ policy: 'ON_FAILURE', killed: 'ProbeFailed', run })).toMatchObject({ restart: true });
    expect(ask({ policy: 'NEVER', killed: 'ProbeFailed', run })).toEqual({ restart: false });
  });

  it('a container killed for a changed spec is started again under every policy', () => {
    for (const policy of ['ALWAYS', 'ON_FAILURE', 'NEVER'] as const) {
      expect(ask({ policy, killed: 'SpecChanged' })).toMatchObject({ restart: true });
    }
  });
});

describe('when the next run begins (D9)', () => {
  it('waits 0, 1, 2, 4, 8, 16, 32, 60, 60 seconds', () => {
    const waits: number[] = [];
    for (let step = 0, n = 0; n < 9; n += 1) {
      const decision = ask({ step });
      if (!decision.restart) throw new Error('a failure under ALWAYS leads to a restart');
      waits.push((decision.at - now) / 1000);
      step = decision.step;
    }
    expect(waits).toEqual([0, 1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it('starts over after a run of resetAfterSeconds', () => {
    const run = { exitCode: 1, startedAt: now - 60_000, finishedAt: now };
    expect(ask({ step: 6, run })).toEqual({ restart: true, at: now, step: 1 });
    expect(ask({ step: 6, run: { ...run, startedAt: now - 59_999 } })).toMatchObject({ at: now + 32_000 });
  });

  it('counts from the end of the run, not from now', () => {
    expect(ask({ step: 3, run: { exitCode: 1, startedAt: null, finishedAt: now - 3_000 } })).toMatchObject({ at: now + 1_000 });
  });

  it('a changed spec ends the waiting and begins a new series', () => {
    expect(ask({ step: 7, specChanged: true })).toEqual({ restart: true, at: now, step: 0 });
  });

  it("follows the pod's own backoff", () => {
    const backoff = { initialSeconds: 0.5, maxSeconds: 3, resetAfterSeconds: 1 };
    expect(ask({ step: 1, backoff })).toMatchObject({ at: now + 500 });
    expect(ask({ step: 9, backoff })).toMatchObject({ at: now + 3_000 });
  });
});
