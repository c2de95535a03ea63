import { isApiError } from '../../../../src/errors/api-error';
import type { ApiError } from '../../../../src/errors/api-error';
import type { BindTarget } from '../../../../src/registry/pod/binding';
import { boundTo } from '../../../../src/registry/pod/binding';
import { aNode, aPod } from '../../../support/builders';

const now = '2024-02-02T00:00:00.000Z';
const target: BindTarget = { nodeName: 'node-a', node: aNode({ name: 'node-a' }) };
const cordoned: BindTarget = { nodeName: 'node-a', node: aNode({ name: 'node-a', spec: { unschedulable: true } }) };
const missing: BindTarget = { nodeName: 'node-a', node: null };

const refusal = (pod: ReturnType<typeof aPod>, to: BindTarget): ApiError => {
  try {
    boundTo(pod, to, now);
  } catch (error) {
    if (isApiError(error)) return error;
    throw error;
  }
  throw new Error('it was not refused');
};

describe('binding a pod', () => {
  it('gives it the node, and says when in a condition', () => {
    const pod = aPod();
    expect(boundTo(pod, target, now)).toEqual({
      ...pod,
      spec: { ...pod.spec, nodeName: 'node-a' },
      status: { ...pod.status, conditions: [{ type: 'PodScheduled', status: 'TRUE', reason: null, message: null, lastTransitionTime: now }] },
    });
  });

  it.each<[string, BindTarget]>([
    ['is there', target],
    ['is cordoned since', cordoned],
    ['is gone since', missing],
  ])('to the node that it has changes nothing, when the node %s', (_, to) => {
    const pod = aPod({ spec: { nodeName: 'node-a' }, deletionTimestamp: now });
    expect(boundTo(pod, to, now)).toBe(pod);
  });

  it.each<[string, Parameters<typeof aPod>[0], BindTarget, 'CONFLICT' | 'NOT_FOUND', 'Pod' | 'ClusterNode', string]>([
    ['has another node', { spec: { nodeName: 'node-b' } }, target, 'CONFLICT', 'Pod', 'it is bound to node node-b already, and a pod never moves; delete it and create it again'],
    ['has finished', { status: { phase: 'FAILED' } }, target, 'CONFLICT', 'Pod', 'it has finished (FAILED) and will not run again; create another pod'],
    ['is being deleted', { deletionTimestamp: now }, target, 'CONFLICT', 'Pod', 'it is being deleted; create it again when it is gone'],
    ['is to go to a node that is not there', {}, missing, 'NOT_FOUND', 'ClusterNode', 'there is no such node; start a kubelet of that name, or choose one of the query clusterNodes'],
    ['is to go to a cordoned node', {}, cordoned, 'CONFLICT', 'ClusterNode', 'the node is cordoned and takes no new pods; uncordon it with cordonClusterNode, or choose another'],
  ])('that %s is refused, with what to do next', (_, overrides, to, code, kind, because) => {
    const error = refusal(aPod({ name: 'web', ...overrides }), to);
    expect(error).toMatchObject({ code, outcome: 'notApplied', details: { operation: 'bind', kind, name: kind === 'Pod' ? 'web' : 'node-a' } });
    expect(error.message).toBe(`cannot bind pod default/web to node node-a: ${because}. Nothing was changed.`);
  });
});
