import type { ClusterNode } from '../../../../src/api/cluster-node';
import type { ContainerPort, Pod, PodSpec } from '../../../../src/api/pod';
import { noResources } from '../../../../src/api/pod';
import type { Rejection } from '../../../../src/controllers/scheduler/filters';
import { explainRejections, rejectionOf } from '../../../../src/controllers/scheduler/filters';
import { NodeRoom } from '../../../../src/controllers/scheduler/room';
import { aCondition, aContainer, aMoment, aNode, aPod, aRunningPod } from '../../../support/builders';

const asking = (cpu: string | null, memory: string | null): Partial<PodSpec> => ({
  containers: [aContainer({ resources: { requests: { ...noResources, cpu, memory }, limits: noResources } })],
});
const port = (overrides: Partial<ContainerPort>): Partial<PodSpec> => ({
  containers: [aContainer({ ports: [{ name: null, containerPort: 8080, hostPort: null, protocol: 'TCP', ...overrides }] })],
});
const small = { status: { ...aNode().status, allocatable: { cpu: '1', memory: '128Mi', pods: 2 } } };

describe('what keeps a pod off a node', () => {
  const cases: { readonly why: string; readonly pod?: Partial<PodSpec>; readonly node?: Partial<ClusterNode>; readonly pods?: readonly Pod[]; readonly rejection: Rejection | null }[] = [
    { why: 'nothing, when it is ready and empty', rejection: null },
    { why: 'that the node is being removed', node: { deletionTimestamp: aMoment }, rejection: 'going' },
    { why: 'that it is not ready', node: { status: { ...aNode().status, conditions: [aCondition('Ready', { status: 'FALSE' })] } }, rejection: 'notReady' },
    { why: 'that nobody knows whether it is ready', node: { status: { ...aNode().status, conditions: [aCondition('Ready', { status: 'UNKNOWN' })] } }, rejection: 'notReady' },
    { why: 'that it never said it is ready', node: { status: { ...aNode().status, conditions: [] } }, rejection: 'notReady' },
    { why: 'that it is cordoned', node: { spec: { ...aNode().spec, unschedulable: true } }, rejection: 'cordoned' },
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
    expect(rejectionOf(aPod({ spec: pod }), new NodeRoom(aNode(node), pods ?? []))).toBe(rejection);
  });
});

describe('explanation of why no node will do', () => {
  it.each<[readonly Rejection[], string]>([
    [[], 'no node has registered yet'],
    [['notReady'], '0 of 1 node can run it: 1 not ready'],
    [['notReady', 'selector', 'notReady'], '0 of 3 nodes can run it: 2 not ready, 1 does not match nodeSelector'],
    [['selector', 'cpu', 'selector', 'cpu'], '0 of 4 nodes can run it: 2 do not match nodeSelector, 2 have too little cpu left'],
    [['ports'], '0 of 1 node can run it: 1 has a host port in use that it asks for'],
  ])('%j', (rejections, message) => {
    expect(explainRejections(rejections)).toBe(message);
  });

  it('has the same words whatever the order of the nodes', () => {
    expect(explainRejections(['memory', 'cpu', 'going'])).toBe(explainRejections(['going', 'memory', 'cpu']));
  });
});
