import { AssumedBindings } from '../../../../src/controllers/scheduler/assumed';
import { aPod, aRunningPod } from '../../../support/builders';

describe('assumed bindings', () => {
  const [pod, other] = [aPod({ name: 'a' }), aPod({ name: 'b' })];
  const shown = aRunningPod({ name: 'shown' });

  it('take room on their node only', () => {
    const assumed = new AssumedBindings();
    assumed.assume(pod, 'node-a');
    assumed.assume(other, 'node-b');
    expect(assumed.podsOn('node-a', [shown])).toEqual([shown, pod]);
    expect(assumed.podsOn('node-c', [])).toEqual([]);
  });

  it('count once when the cache shows them too', () => {
    const assumed = new AssumedBindings();
    assumed.assume(pod, 'node-a');
    const bound = { ...pod, spec: { ...pod.spec, nodeName: 'node-a' } };
    expect(assumed.podsOn('node-a', [bound])).toEqual([bound]);
  });

  it('do not count again a pod that the cache shows as finished', () => {
    const assumed = new AssumedBindings();
    assumed.assume(pod, 'node-a');
    expect(assumed.podsOn('node-a', [{ ...pod, status: { ...pod.status, phase: 'FAILED' } }])).toEqual([]);
  });

  it('take no room once they are forgotten', () => {
    const assumed = new AssumedBindings();
    assumed.assume(pod, 'node-a');
    assumed.forget(pod.uid);
    expect([assumed.nodeOf(pod.uid), assumed.podsOn('node-a', [])]).toEqual([undefined, []]);
  });

  it('leave out finished pods, which take no room', () => {
    expect(new AssumedBindings().podsOn('node-a', [shown, aRunningPod({ status: { phase: 'SUCCEEDED' } })])).toEqual([shown]);
  });
});
