import type { ClusterNode } from '../../../../src/api/cluster-node';
import type { ConditionStatus } from '../../../../src/api/meta';
import type { Taint } from '../../../../src/api/taints';
import { healthTaintKeys } from '../../../../src/api/taints';
import { TaintedNodes } from '../../../../src/controllers/eviction/tainted-nodes';
import { aCondition, aNode } from '../../../support/builders';

const taint = (key: string, value: string | null = null, effect: Taint['effect'] = 'NO_EXECUTE'): Taint => ({ key, value, effect, timeAdded: null });
const { unreachable, notReady } = healthTaintKeys;
const node = (ready: ConditionStatus, ...taints: Taint[]): ClusterNode => aNode({ spec: { taints }, status: { conditions: [aCondition('Ready', { status: ready })] } });

describe('what is known of tainted nodes', () => {
  let nodes: TaintedNodes;
  const known = () => nodes.taintsOf('node-a').map(({ taint: { key, value }, since }) => [value ?? key, since]);
  beforeEach(() => (nodes = new TaintedNodes()));

  it('is since when each taint that sends pods away is there', () => {
    nodes.saw(node('UNKNOWN', taint(unreachable), taint('repair', 'x'), taint('other', null, 'NO_SCHEDULE')), 10);
    nodes.saw(node('UNKNOWN', taint(unreachable), taint('repair', 'y')), 20);
    expect(known()).toEqual([[unreachable, 10], ['y', 20]]);
  });

  it('is one absence, whether the node is not ready first and then unreachable', () => {
    nodes.saw(node('FALSE', taint(notReady)), 10);
    nodes.saw(node('UNKNOWN', taint(unreachable)), 20);
    expect(known()).toEqual([[unreachable, 10]]);
  });

  it('is no word on the health of a node that is ready again, though the taint still stands there', () => {
    nodes.saw(node('UNKNOWN', taint(unreachable)), 10);
    nodes.saw(node('TRUE', taint(unreachable)), 20);
    expect([known(), nodes.has('node-a')]).toEqual([[], false]);
    nodes.saw(node('UNKNOWN', taint(unreachable)), 30);
    expect(known()).toEqual([[unreachable, 30]]);
  });

  it('begins anew, for what concerns health, when it is told to', () => {
    nodes.saw(node('UNKNOWN', taint(unreachable), taint('repair')), 10);
    nodes.restartHealth(50);
    expect(known()).toEqual([[unreachable, 50], ['repair', 10]]);
  });

  it('is the very same word as long as nothing changes', () => {
    nodes.saw(node('UNKNOWN', taint(unreachable)), 10);
    const [before] = nodes.taintsOf('node-a');
    nodes.saw(node('UNKNOWN', taint(unreachable), taint('repair')), 20);
    expect(nodes.taintsOf('node-a')[0]).toBe(before);
    nodes.gone('node-a');
    expect(nodes.names()).toEqual([]);
  });
});
