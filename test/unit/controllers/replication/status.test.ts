import { ApiError } from '../../../../src/errors/api-error';
import { failureOf, statusAfter } from '../../../../src/controllers/replication/status';
import { aCondition, anRc } from '../../../support/builders';

const now = '2024-02-02T00:00:00.000Z';
const failure = { reason: 'FailedCreate', message: 'could not' } as const;
const failing = aCondition('ReplicaFailure', failure);

describe('replication controller status', () => {
  it('says which generation it answers', () => {
    expect(statusAfter(anRc(), { generation: 2, failure: null }, now).observedGeneration).toBe(2);
  });

  it('never goes back to an earlier generation', () => {
    const rc = anRc({ status: { observedGeneration: 3 } });
    expect(statusAfter(rc, { generation: 2, failure: null }, now)).toBe(rc.status);
  });

  it('is the very same when nothing changed, with and without a failure', () => {
    for (const conditions of [[], [failing]]) {
      const { status } = anRc({ status: { observedGeneration: 1, conditions } });
      const outcome = { generation: 1, failure: conditions.length > 0 ? failure : null };
      expect(statusAfter({ status }, outcome, now)).toBe(status);
    }
  });

  it('tells a failure, since when it lasts, and its latest reason', () => {
    const first = statusAfter(anRc(), { generation: 1, failure }, now);
    expect(first.conditions).toEqual([{ type: 'ReplicaFailure', status: 'TRUE', ...failure, lastTransitionTime: now }]);
    const second = statusAfter({ status: first }, { generation: 1, failure: { reason: 'FailedDelete', message: 'm' } }, 'later');
    expect(second.conditions).toEqual([
      { type: 'ReplicaFailure', status: 'TRUE', reason: 'FailedDelete', message: 'm', lastTransitionTime: now },
    ]);
  });

  it('drops the failure after a clean pass, and leaves other conditions', () => {
    const other = aCondition('Other');
    const rc = anRc({ status: { observedGeneration: 1, conditions: [other, failing] } });
    expect(statusAfter(rc, { generation: 1, failure: null }, now).conditions).toEqual([other]);
  });

  it('shows one message for a failure whatever names the pods would have had', () => {
    const messages = ['web-aaaaa', 'web-bbbbb'].map((name) => {
      const error = new ApiError('INVALID', `pod default/${name} is invalid`, { details: { name } });
      return failureOf('FailedCreate', error).message;
    });
    expect(messages).toEqual(['pod default/(new) is invalid [INVALID]', 'pod default/(new) is invalid [INVALID]']);
  });

  it('names the pod that could not be removed', () => {
    const error = new ApiError('SERVER_TIMEOUT', 'pod default/web-aaaaa: no answer', { details: { name: 'web-aaaaa' } });
    expect(failureOf('FailedDelete', error)).toEqual({
      reason: 'FailedDelete',
      message: 'pod default/web-aaaaa: no answer [SERVER_TIMEOUT]',
    });
  });

  it('does not show the text of a fault', () => {
    expect(failureOf('FailedCreate', new TypeError('x is undefined'))).toEqual({
      reason: 'FailedCreate',
      message: 'a fault in podql; the log has the details',
    });
  });
});
