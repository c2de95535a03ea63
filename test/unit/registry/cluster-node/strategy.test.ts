import type { ClusterNode } from '../../../../src/api/cluster-node';
import { clusterNodeStrategy as strategy } from '../../../../src/registry/cluster-node/strategy';
import type { Draft } from '../../../../src/registry/types';
import { aCondition, aNode } from '../../../support/builders';

function draft(node: ClusterNode, spec: Draft<ClusterNode>['spec'] = {}): Draft<ClusterNode> {
  return { name: node.name, generateName: null, namespace: null, labels: {}, annotations: {}, spec, status: node.status };
}
const causesOf = (node: ClusterNode) => strategy.validate(node).map(({ field, reason }) => `${field} ${reason}`);

it('a node arrives with its status, amounts in canonical form', () => {
  const node = aNode({ status: { capacity: { cpu: '4000m', memory: '8192Mi', pods: 110 } } });
  const { labels, annotations, spec, status } = aNode();
  expect(strategy.prepareForCreate(draft(node))).toEqual({ labels, annotations, spec, status });
});

it('a kubelet that registers again does not undo a cordon', () => {
  const current = aNode({ spec: { unschedulable: true } });
  expect(strategy.applyDraft(current, draft(aNode())).spec.unschedulable).toBe(true);
  expect(strategy.applyDraft(current, draft(aNode(), { unschedulable: false })).spec.unschedulable).toBe(false);
});

it('a kubelet that registers again does not undo a taint', () => {
  const taints = [{ key: 'dedicated', value: 'gpu', effect: 'NO_SCHEDULE', timeAdded: null }] as const;
  expect(strategy.applyDraft(aNode({ spec: { taints } }), draft(aNode())).spec.taints).toEqual(taints);
});

it('taints have good keys and values, and stand there once', () => {
  const taint = { key: 'dedicated', value: 'gpu', effect: 'NO_SCHEDULE', timeAdded: null } as const;
  expect(causesOf(aNode({ spec: { taints: [taint, { ...taint, value: null }, { ...taint, key: '' }, { ...taint, key: 'a b', value: '-' }] } }))).toEqual([
    'spec.taints[2].key FieldValueRequired',
    'spec.taints[3].key FieldValueInvalid',
    'spec.taints[3].value FieldValueInvalid',
    'spec.taints[1] FieldValueDuplicate',
  ]);
});

it('a canonical node is valid', () => expect(causesOf(aNode())).toEqual([]));

it('what a kubelet says is checked and bounded', () => {
  const node = aNode({
    status: {
      capacity: { cpu: 'many', memory: '-1', pods: -1 },
      address: 'x'.repeat(2000),
      conditions: [aCondition('Ready'), aCondition('Ready'), aCondition('')],
    },
  });
  expect(causesOf(node)).toEqual([
    'status.capacity.cpu FieldValueInvalid',
    'status.capacity.memory FieldValueInvalid',
    'status.capacity.pods FieldValueInvalid',
    'status.address FieldValueTooLong',
    'status.conditions[2].type FieldValueRequired',
    'status.conditions[1].type FieldValueDuplicate',
  ]);
});

it('nodes go at once', () => expect(strategy.gracePeriodSeconds(aNode())).toBe(0));

it('users write spec; the rest comes with each registration', () => {
  expect(['spec.unschedulable', 'labels.zone', 'annotations.note'].filter((path) => strategy.isUserField(path))).toEqual(['spec.unschedulable']);
});

it('of two taints, that of a user is a user\'s, and that which says what became of the node is not', () => {
  const [own, lost] = ['dedicated', 'node.kubernetes.io/unreachable'].map((key) => ({ key, value: null, effect: 'NO_EXECUTE', timeAdded: null }) as const);
  const states = [aNode(), aNode({ spec: { taints: [own!, lost!] } })];
  expect(['spec.taints[0]', 'spec.taints[1]'].filter((path) => strategy.isUserField(path, states))).toEqual(['spec.taints[0]']);
});
