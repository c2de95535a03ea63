import type { ClusterNode } from '../../../src/api/cluster-node';
import type { ContainerPort, Pod, PodSpec } from '../../../src/api/pod';
import { noResources } from '../../../src/api/pod';
import type { Rejection, RejectionReason } from '../../../src/api/node-fit';
import { explainRejections, rejectedNodes, rejectionOf } from '../../../src/api/node-fit';
import { NodeRoom, roomOf } from '../../../src/api/node-room';
import type { Taint, Toleration } from '../../../src/api/taints';
import { aCondition, aContainer, aMoment, aNode, aPod, aRunningPod } from '../../support/builders';

const asking = (cpu: string | null, memory: string | null): Partial<PodSpec> => ({
  containers: [aContainer({ resources: { requests: { ...noResources, cpu, memory }, limits: noResources } })],
});
const port = (overrides: Partial<ContainerPort>): Partial<PodSpec> => ({
  containers: [aContainer({ ports: [{ name: null, containerPort: 8080, hostPort: null, protocol: 'TCP', ...overrides }] })],
});
const gpu: Taint = { key: 'dedicated', value: 'gpu', effect: 'NO_SCHEDULE', timeAdded: null };
const tainted = (overrides: Partial<Taint> = {}): Partial<ClusterNode> => ({ spec: { ...aNode().spec, taints: [{ ...gpu, ...overrides }] } });
const toleration: Toleration = { key: 'dedicated', operator: 'EQUAL', value: 'gpu', effect: null, tolerationSeconds: null };
const small = { status: { ...aNode().status, allocatable: { cpu: '1', memory: '128Mi', pods: 2 } } };

describe('what keeps a pod off a node', () => {
  const cases: { readonly why: string; readonly pod?: Partial<PodSpec>; readonly node?: Partial<ClusterNode>; readonly pods?: readonly Pod[]; readonly rejection: RejectionReason | null }[] = [
    { why: 'nothing, when it is ready and empty', rejection: null },
    { why: 'that the node is being removed', node: { deletionTimestamp: aMoment }, rejection: 'going' },
    { why: 'that it is not ready', node: { status: { ...aNode().status, conditions: [aCondition('Ready', { status: 'FALSE' })] } }, rejection: 'notReady' },
    { why: 'that nobody knows whether it is ready', node: { status: { ...aNode().status, conditions: [aCondition('Ready', { status: 'UNKNOWN' })] } }, rejection: 'notReady' },
    { why: 'that it never said it is ready', node: { status: { ...aNode().status, conditions: [] } }, rejection: 'notReady' },
    { why: 'that it is cordoned', node: { spec: { ...aNode().spec, unschedulable: true } }, rejection: 'cordoned' },
    { why: 'a taint', node: tainted(), rejection: 'taint' },
    { why: 'a taint that sends pods away', node: tainted({ effect: 'NO_EXECUTE' }), rejection: 'taint' },
    { why: 'a taint, when it tolerates another', pod: { tolerations: [{ ...toleration, value: 'ssd' }] }, node: tainted(), rejection: 'taint' },
    { why: 'nothing, when it tolerates the taint', pod: { tolerations: [toleration] }, node: tainted(), rejection: null },
    { why: 'nothing, when it tolerates the taint for a time', pod: { tolerations: [{ ...toleration, tolerationSeconds: 5 }] }, node: tainted({ effect: 'NO_EXECUTE' }), rejection: null },
    { why: 'nothing, when the taint only asks', node: tainted({ effect: 'PREFER_NO_SCHEDULE' }), rejection: null },
    { why: 'a label that it lacks', pod: { nodeSelector: { disk: 'ssd' } }, rejection: 'selector' },
    { why: 'a label with another value', pod: { nodeSelector: { disk: 'ssd' } }, node: { labels: { disk: 'hdd' } }, rejection: 'selector' },
    { why: 'nothing, when it has all labels', pod: { nodeSelector: { disk: 'ssd' } }, node: { labels: { disk: 'ssd', zone: 'a' } }, rejection: null },
    { why: 'the number of pods', node: small, pods: [aRunningPod(), aRunningPod()], rejection: 'pods' },
    { why: 'cpu, when what is there and it exceed it', pod: asking('501m', null), node: small, pods: [aRunningPod({ spec: asking('500m', null) })], rejection: 'cpu' },
    { why: 'nothing, when cpu is used up exactly', pod: asking('500m', null), node: small, pods: [aRunningPod({ spec: asking('500m', null) })], rejection: null },
    { why: 'memory', pod: asking(null, '129Mi'), node: small, rejection: 'memory' },
    { why: 'nothing, when it asks for none of what is overdrawn', node: small, pods: [aRunningPod({ spec: asking('2', '1Gi') })], rejection: null },
    { why: 'nothing, when the node tells no limits', pod: asking('100', '1Ti'), node: { status: { ...aNode().status, allocatable: noResources } }, rejection: null },
    { why: 'a host port in use', pod: port({ hostPort: 80 }), pods: [aRunningPod({ spec: port({ hostPort: 80 }) })], rejection: 'ports' },
    { why: 'nothing, when the port is of another protocol', pod: port({ hostPort: 80 }), pods: [aRunningPod({ spec: port({ hostPort: 80, protocol: 'UDP' }) })], rejection: null },
    { why: 'nothing, when ports are inside only', pod: port({}), pods: [aRunningPod({ spec: port({}) })], rejection: null },
    { why: 'a port that both take from the host network', pod: { ...port({}), hostNetwork: true }, pods: [aRunningPod({ spec: { ...port({}), hostNetwork: true } })], rejection: 'ports' },
    { why: 'a port that one takes from the host network', pod: { ...port({}), hostNetwork: true }, pods: [aRunningPod({ spec: port({ hostPort: 8080, containerPort: 1 }) })], rejection: 'ports' },
  ];

  it.each(cases)('$why', ({ pod, node, pods, rejection }) => {
    expect(rejectionOf(aPod({ spec: pod }), new NodeRoom(aNode(node), pods ?? []))?.reason ?? null).toBe(rejection);
  });
});

describe('explanation of why no node will do', () => {
  const rejection = (reason: RejectionReason | Taint): Rejection =>
    typeof reason === 'object' ? { reason: 'taint', taint: reason } : { reason } as Rejection;
  const explain = (reasons: readonly (RejectionReason | Taint)[]): string => explainRejections(reasons.map(rejection));

  it.each<[readonly (RejectionReason | Taint)[], string]>([
    [[], 'no node has registered yet'],
    [['notReady'], '0/1 node is available: 1 not ready'],
    [['notReady', 'selector', 'notReady'], '0/3 nodes are available: 2 not ready, 1 did not match nodeSelector'],
    [['selector', 'cpu', 'selector', 'cpu'], '0/4 nodes are available: 2 did not match nodeSelector, 2 insufficient cpu'],
    [['cpu', gpu, gpu], '0/3 nodes are available: 2 had untolerated taint dedicated=gpu, 1 insufficient cpu'],
    [[gpu, { ...gpu, effect: 'NO_EXECUTE' }, { ...gpu, key: 'batch', value: null }], '0/3 nodes are available: 2 had untolerated taint dedicated=gpu, 1 had untolerated taint batch'],
    [['ports'], '0/1 node is available: 1 had no free host port'],
  ])('%j', (reasons, message) => {
    expect(explain(reasons)).toBe(message);
  });

  it('has the same words whatever the order of the nodes', () => {
    const reasons = ['memory', { ...gpu, value: 'b' }, 'cpu', gpu, 'going'] as const;
    expect(explain(reasons)).toBe(explain([...reasons].reverse()));
  });

  it('does not grow with the number of taints', () => {
    const taints = Array.from({ length: 500 }, (_, index) => ({ ...gpu, value: `node-${index}` }));
    expect(explain(['cpu', 'cpu', ...taints])).toMatch(/^0\/502 nodes are available: 2 insufficient cpu, .*, 491 other reasons$/);
  });
});

describe('detail of each node that will not do', () => {
  const asks: Partial<PodSpec> = { containers: [aContainer({ resources: { requests: { ...noResources, cpu: '500m', memory: '64Mi' }, limits: noResources }, ports: port({ hostPort: 80 }).containers?.[0]?.ports })] };
  const detailOf = (node: Partial<ClusterNode>, pods: readonly Pod[] = [], pod = asks): string | undefined => {
    const [rejected] = rejectedNodes(aPod({ spec: pod }), [new NodeRoom(aNode(node), pods)]);
    return rejected && `${rejected.reason}: ${rejected.message}`;
  };

  it.each([
    [detailOf({ deletionTimestamp: aMoment }), 'NodeTerminating: node node-a is being removed'],
    [detailOf({ status: { ...aNode().status, conditions: [] } }), 'NodeNotReady: node node-a is not ready: its kubelet is silent, or says so'],
    [detailOf({ spec: { ...aNode().spec, unschedulable: true } }), 'NodeCordoned: node node-a is cordoned and takes no new pods'],
    [detailOf(tainted()), 'UntoleratedTaint: node node-a has the taint dedicated=gpu (NO_SCHEDULE), which the pod does not tolerate'],
    [detailOf({}, [], { nodeSelector: { disk: 'ssd', zone: 'a' } }), 'NodeSelectorMismatch: node node-a lacks what nodeSelector wants: disk=ssd, zone=a'],
    [detailOf(small, [aRunningPod(), aRunningPod()]), 'TooManyPods: node node-a has 2 pods already and takes 2'],
    [detailOf(small, [aRunningPod({ spec: asking('800m', null) })]), 'InsufficientCPU: node node-a has too little cpu: the pod asks for 500m, 200m is left'],
    [detailOf(small, [aRunningPod({ spec: asking(null, '256Mi') })]), 'InsufficientMemory: node node-a has too little memory: the pod asks for 64Mi, 0 is left'],
    [detailOf({}, [aRunningPod({ spec: port({ hostPort: 80 }) })]), 'HostPortInUse: node node-a has a host port in use that the pod asks for: TCP/80'],
    [detailOf({}), undefined],
  ])('%s', (detail, expected) => expect(detail).toBe(expected));
});

it('no more rejections are told than are asked for', () => {
  const rooms = ['a', 'b', 'c'].map((name) => new NodeRoom(aNode({ name, spec: { ...aNode().spec, unschedulable: name !== 'b' } }), []));
  const names = (most?: number) => rejectedNodes(aPod(), rooms, most).map(({ nodeName }) => nodeName);
  expect([names(), names(1)]).toEqual([['a', 'c'], ['a']]);
});

it('a pod that has finished takes no room', () => {
  const done = aRunningPod({ status: { phase: 'SUCCEEDED' } });
  expect(roomOf(aNode(), [done, aRunningPod()]).pods).toHaveLength(1);
});
