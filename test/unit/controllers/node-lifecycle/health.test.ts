import type { ConditionStatus } from '../../../../src/api/meta';
import type { LeaseState } from '../../../../src/controllers/node-lifecycle/health';
import { judgeNode } from '../../../../src/controllers/node-lifecycle/health';
import { aCondition, aNode } from '../../../support/builders';

const now = '2024-02-02T00:00:00.000Z';
const judge = (lease: LeaseState, elapsed: number, status: ConditionStatus | null = 'TRUE') => {
  const conditions = status === null ? [] : [aCondition('DiskPressure', { status: 'FALSE' }), aCondition('Ready', { status })];
  return judgeNode({ node: aNode({ status: { conditions } }), lease, elapsed, graceMilliseconds: 40_000, now });
};
const unseen: LeaseState = { kind: 'missing', since: 1_000, hadLease: false };
const lost: LeaseState = { kind: 'missing', since: 1_000, hadLease: true };

describe('health of a node', () => {
  it.each(['TRUE', 'FALSE', 'UNKNOWN', null] as const)('leaves a node with a lease alone when it says ready is %s', (status) => {
    expect(judge({ kind: 'alive' }, 1e9, status)).toEqual({ kind: 'leave' });
  });

  it('says at once that nobody knows, when the lease ran out', () => {
    expect(judge(lost, 1_000)).toMatchObject({ kind: 'lost' });
  });

  it('gives a node without a lease the grace first', () => {
    expect(judge(unseen, 1_000)).toEqual({ kind: 'wait', milliseconds: 40_000 });
    expect(judge(unseen, 40_999)).toEqual({ kind: 'wait', milliseconds: 1 });
    expect(judge(unseen, 41_000)).toMatchObject({ kind: 'lost' });
  });

  it('says since when, why, and leaves the other conditions', () => {
    expect(judge(lost, 1_000)).toEqual({
      kind: 'lost',
      conditions: [
        aCondition('DiskPressure', { status: 'FALSE' }),
        { type: 'Ready', status: 'UNKNOWN', reason: 'LeaseExpired', message: expect.stringContaining('lease'), lastTransitionTime: now },
      ],
    });
  });

  it.each(['FALSE', null] as const)('does not spare a node that last said ready is %s', (status) => {
    expect(judge(lost, 1_000, status)).toMatchObject({ kind: 'lost' });
  });

  it.each([lost, unseen])('leaves the conditions of a node that is said to be lost already as they are', (lease) => {
    const node = aNode({ status: { conditions: [aCondition('Ready', { status: 'UNKNOWN' })] } });
    const verdict = judgeNode({ node, lease, elapsed: 1e9, graceMilliseconds: 40_000, now });
    expect(verdict.kind === 'lost' && verdict.conditions).toBe(node.status.conditions);
  });
});
