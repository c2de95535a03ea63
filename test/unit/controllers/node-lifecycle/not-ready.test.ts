import { claimsReady, notReady } from '../../../../src/controllers/node-lifecycle/not-ready';
import { aCondition, aPod } from '../../../support/builders';

const now = '2024-02-02T00:00:00.000Z';
const ready = aPod({
  spec: { nodeName: 'node-a' },
  status: { phase: 'RUNNING', conditions: [aCondition('ContainersReady', { status: 'TRUE' }), aCondition('Ready', { status: 'TRUE' })] },
});

describe('the pod of a lost node', () => {
  it('is not ready, since now, for a reason that names the node; its containers are the word of its kubelet', () => {
    expect(notReady(ready, 'node-a', now)).toEqual({
      ...ready,
      status: {
        ...ready.status,
        conditions: [
          aCondition('ContainersReady', { status: 'TRUE' }),
          { type: 'Ready', status: 'FALSE', reason: 'NodeNotReady', message: expect.stringContaining('node node-a is lost') as unknown, lastTransitionTime: now },
        ],
      },
    });
  });

  it.each([
    ['is not ready anyway', { ...ready, status: { ...ready.status, conditions: [aCondition('Ready', { status: 'FALSE' })] } }, 'node-a'],
    ['has said nothing yet', { ...ready, status: { ...ready.status, conditions: [] } }, 'node-a'],
    ['has finished', { ...ready, status: { ...ready.status, phase: 'FAILED' as const } }, 'node-a'],
    ['is on another node', ready, 'node-b'],
  ])('is left as it is when it %s', (_, pod, node) => {
    expect(notReady(pod, node, now)).toBe(pod);
  });

  it('claims to be ready only while it says so and has not finished', () => {
    expect(claimsReady(ready)).toBe(true);
    expect(claimsReady(notReady(ready, 'node-a', now))).toBe(false);
    expect(claimsReady({ ...ready, status: { ...ready.status, phase: 'SUCCEEDED' } })).toBe(false);
  });
});
