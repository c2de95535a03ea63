import { silentLogger } from '../../../../../src/base/logger';
import { EngineError } from '../../../../../src/kubelet/runtime/docker/faults';
import type { OomScoresOptions } from '../../../../../src/kubelet/runtime/docker/oom-scores';
import { OomScores } from '../../../../../src/kubelet/runtime/docker/oom-scores';

/** runc 1.1 says no more. */
const refusal = new EngineError('INTERNAL', "OCI runtime create failed: can't get final child's PID from pipe: EOF", 500, undefined);

describe('how far a container may be protected from being killed', () => {
  let answers: (Error | null)[];
  let tried: number[];
  const oomScores = (): OomScores => {
    const pauses = {
      run: (_name: string, options: { HostConfig: { OomScoreAdj: number } }) => {
        tried.push(options.HostConfig.OomScoreAdj);
        const answer = answers.shift();
        return answer ? Promise.reject(answer) : Promise.resolve({ id: 'trial', ip: null });
      },
      discard: () => Promise.resolve(),
    };
    return new OomScores({ pauses: pauses as unknown as OomScoresOptions['pauses'], pauseImage: () => 'pause', owner: { runtimeId: 'mine', nodeName: 'node-a' }, logger: silentLogger });
  };
  beforeEach(() => {
    answers = [];
    tried = [];
  });

  test('is not asked for what needs no protection, and is found out once for all', async () => {
    const scores = oomScores();
    expect(await scores.allowed(999)).toBe(999);
    expect(tried).toEqual([]);
    expect(await Promise.all([scores.allowed(-997), scores.allowed(-998)])).toEqual([-997, -998]);
    expect(await scores.allowed(-997)).toBe(-997);
    expect(tried).toEqual([-1]);
  });

  test('is not at all when the same starts without it', async () => {
    const scores = oomScores();
    answers.push(refusal);
    expect(await scores.allowed(-997)).toBe(0);
    expect(await scores.allowed(-997)).toBe(0);
    expect(tried).toEqual([-1, 0]);
  });

  test.each([
    ['the engine does not answer', [new EngineError('TIMEOUT', 'the engine did not start a container within 60 s', null, undefined)]],
    ['its disk is full', [new EngineError('DISK_FULL', 'no space left on device', 500, undefined)]],
    ['nothing starts', [refusal, refusal]],
  ])('is not known while %s, and is asked again', async (_why, errors) => {
    const scores = oomScores();
    answers.push(...errors);
    await expect(scores.allowed(-997)).rejects.toBe(errors.at(-1));
    expect(await scores.allowed(-997)).toBe(-997);
  });
});
