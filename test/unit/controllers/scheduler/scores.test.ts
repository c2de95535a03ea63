import type { Pod, PodSpec } from '../../../../src/api/pod';
import { noResources } from '../../../../src/api/pod';
import { NodeRoom } from '../../../../src/api/node-room';
import { decide } from '../../../../src/controllers/scheduler/scores';
import { aContainer, aMoment, aNode, aPod, aRunningPod } from '../../../support/builders';

const ownerReferences = [{ kind: 'ReplicationController', name: 'web', uid: 'rc', controller: true }];
const asking = (cpu: string): Partial<PodSpec> => ({
  containers: [aContainer({ resources: { requests: { ...noResources, cpu }, limits: noResources } })],
});
const room = (name: string, pods: readonly Pod[] = [], cpu = '4') =>
  new NodeRoom(aNode({ name, status: { allocatable: { cpu, memory: '8Gi', pods: 10 } } }), pods);

describe('choice of a node', () => {
  it('says why when no node will do', () => {
    expect(decide(aPod({ spec: { nodeSelector: { disk: 'ssd' } } }), [room('a'), room('b')])).toEqual({
      unschedulable: '0/2 nodes are available: 2 did not match nodeSelector',
    });
  });

  it('takes the only node that will do, however full', () => {
    const busy = room('busy', [aRunningPod({ spec: asking('3') })]);
    expect(decide(aPod({ spec: asking('1') }), [room('small', [], '500m'), busy])).toEqual({ nodeName: 'busy' });
  });

  it('spreads the pods of one owner, before it looks at what is free', () => {
    const withSibling = room('empty', [aRunningPod({ ownerReferences })]);
    const without = room('busy', [aRunningPod({ spec: asking('3') })]);
    expect(decide(aPod({ ownerReferences }), [withSibling, without])).toEqual({ nodeName: 'busy' });
  });

  it('takes a node that asks to be left to others only when no other will do', () => {
    const taints = [{ key: 'batch', value: null, effect: 'PREFER_NO_SCHEDULE', timeAdded: null }] as const;
    const shy = new NodeRoom(aNode({ name: 'shy', spec: { taints } }), []);
    const busy = room('z', [aRunningPod({ ownerReferences }), aRunningPod({ spec: asking('3') })]);
    expect(decide(aPod({ ownerReferences }), [shy, busy])).toEqual({ nodeName: 'z' });
    expect(decide(aPod(), [shy])).toEqual({ nodeName: 'shy' });
    const tolerations = [{ key: 'batch', operator: 'EXISTS', value: null, effect: null, tolerationSeconds: null }] as const;
    expect(decide(aPod({ spec: { tolerations } }), [shy, busy])).toEqual({ nodeName: 'shy' });
  });

  it('takes a node that would send the pod away after a time only when no other will do', () => {
    const taints = [{ key: 'repair', value: null, effect: 'NO_EXECUTE', timeAdded: null }] as const;
    const tolerating = (tolerationSeconds: number | null) =>
      aPod({ ownerReferences, spec: { tolerations: [{ key: null, operator: 'EXISTS', value: null, effect: 'NO_EXECUTE', tolerationSeconds }] } });
    const tainted = new NodeRoom(aNode({ name: 'node-a', spec: { taints } }), []);
    const busy = room('node-b', [aRunningPod({ ownerReferences }), aRunningPod({ spec: asking('3') })]);
    expect(decide(tolerating(30), [tainted, busy])).toEqual({ nodeName: 'node-b' });
    expect(decide(tolerating(30), [tainted])).toEqual({ nodeName: 'node-a' });
    expect(decide(tolerating(null), [tainted, busy])).toEqual({ nodeName: 'node-a' });
  });

  it('does not count siblings that are going', () => {
    const leaving = room('a', [aRunningPod({ ownerReferences, deletionTimestamp: aMoment })]);
    const staying = room('b', [aRunningPod({ ownerReferences })]);
    expect(decide(aPod({ ownerReferences }), [leaving, staying])).toEqual({ nodeName: 'a' });
  });

  it('takes the node of which the smallest part is asked for', () => {
    const large = room('large', [aRunningPod({ spec: asking('2') })], '16');
    const small = room('small', [aRunningPod({ spec: asking('1') })], '4');
    expect(decide(aPod(), [small, large])).toEqual({ nodeName: 'large' });
  });

  it('counts what the pod itself asks for', () => {
    const large = room('large', [aRunningPod({ spec: asking('1') })], '16');
    const small = room('small', [], '2');
    expect(decide(aPod({ spec: asking('1') }), [small, large])).toEqual({ nodeName: 'large' });
  });

  it('takes the node with fewer pods when none asks for anything, and then the first by name', () => {
    expect(decide(aPod(), [room('a', [aRunningPod()]), room('c'), room('b')])).toEqual({ nodeName: 'b' });
  });
});
