import type { Taint, Toleration } from '../../../../src/api/taints';
import { healthTaintKeys } from '../../../../src/api/taints';
import type { EvictionPlan } from '../../../../src/controllers/eviction/plan';
import { planEviction } from '../../../../src/controllers/eviction/plan';
import type { PodOverrides } from '../../../support/builders';
import { aMoment, aRunningPod } from '../../../support/builders';

const lost: Taint = { key: healthTaintKeys.unreachable, value: null, effect: 'NO_EXECUTE', timeAdded: null };
const repair: Taint = { key: 'repair', value: 'now', effect: 'NO_EXECUTE', timeAdded: null };
const everything: Toleration = { key: null, operator: 'EXISTS', value: null, effect: null, tolerationSeconds: null };
const tolerating = (...tolerations: Partial<Toleration>[]): PodOverrides => ({ spec: { tolerations: tolerations.map((toleration) => ({ ...everything, ...toleration })) } });

describe('who has to leave a tainted node', () => {
  const since = 1_000;
  const plan = (pod: PodOverrides, taints: readonly Taint[], seconds: number): EvictionPlan =>
    planEviction({ pods: [aRunningPod(pod)], taints: taints.map((taint) => ({ taint, since })), seenAt: new Map(), nodeTolerationSeconds: 300, now: since + seconds * 1000 });

  /** `after`: seconds from the taint; null: never. */
  it.each<[what: string, pod: PodOverrides, taints: readonly Taint[], after: number | null]>([
    ['a pod that says nothing, of a lost node, after the default', {}, [lost], 300],
    ['a pod that says nothing, of a node that somebody tainted, at once', {}, [repair], 0],
    ['a pod that tolerates a lost node for a shorter time, then', tolerating({ key: lost.key, tolerationSeconds: 10 }), [lost], 10],
    ['a pod that tolerates a lost node for a longer time, then', tolerating({ key: lost.key, tolerationSeconds: 900 }), [lost], 900],
    ['a pod that tolerates a lost node for ever, never', tolerating({ key: lost.key }), [lost], null],
    ['a pod that tolerates everything, never', tolerating({}), [lost, repair], null],
    ['a pod that tolerates less than nothing, at once', tolerating({ key: lost.key, tolerationSeconds: -5 }), [lost], 0],
    ['a pod whose first toleration is short, by that', tolerating({ tolerationSeconds: 5 }, {}), [repair], 5],
    ['a pod that tolerates one of two taints, because of the other', tolerating({ key: 'repair' }), [repair, lost], 300],
    ['a pod that tolerates new neighbours only, at once', tolerating({ key: 'repair', effect: 'NO_SCHEDULE' }), [repair], 0],
    ['nobody where nothing is tainted', {}, [], null],
    ['no pod that has finished', { status: { phase: 'SUCCEEDED' } }, [repair], null],
    ['no pod that goes already', { deletionTimestamp: aMoment }, [repair], null],
  ])('%s', (_, pod, taints, after) => {
    if (after === null) {
      expect(plan(pod, taints, 1e9)).toEqual({ due: [], nextAt: null });
      return;
    }
    expect(plan(pod, taints, after)).toMatchObject({ due: [{ pod: { name: 'web' } }], nextAt: null });
    if (after > 0) expect(plan(pod, taints, after - 1)).toEqual({ due: [], nextAt: since + after * 1000 });
  });

  it('looks again when the next is due', () => {
    const pods = [tolerating({ tolerationSeconds: 50 }), tolerating({ tolerationSeconds: 20 }), tolerating({ tolerationSeconds: 1 })].map(aRunningPod);
    const { due, nextAt } = planEviction({ pods, taints: [{ taint: lost, since: 0 }], seenAt: new Map(), nodeTolerationSeconds: 300, now: 5_000 });
    expect([due, nextAt]).toEqual([[{ pod: pods[2], taint: lost }], 20_000]);
  });

  it.each<[what: string, seen: number | null, taintSince: number, at: number]>([
    ['that came when the taint was there, from when it was seen', 40, 0, 70],
    ['that came before the taint did, from the taint', 40, 50, 80],
    ['that was there when the taint came, from the taint', null, 50, 80],
  ])('counts the time of a pod %s', (_, seen, taintSince, at) => {
    const pod = aRunningPod(tolerating({ tolerationSeconds: 30 }));
    const seenAt = new Map(seen === null ? [] : [[pod.uid, seen * 1000]]);
    const planAt = (seconds: number) => planEviction({ pods: [pod], taints: [{ taint: repair, since: taintSince * 1000 }], seenAt, nodeTolerationSeconds: 300, now: seconds * 1000 });
    expect(planAt(at - 1)).toEqual({ due: [], nextAt: at * 1000 });
    expect(planAt(at)).toEqual({ due: [{ pod, taint: repair }], nextAt: null });
  });

  it.each<[which: string, tolerations: Partial<Toleration>[], taint: Taint]>([
    ['that it does not tolerate, whatever stands beside it', [{ key: 'repair' }], lost],
    ['whose time is over first', [{ key: 'repair', tolerationSeconds: 20 }, { key: lost.key, tolerationSeconds: 10 }], lost],
  ])('says which taint sends a pod away: the one %s', (_, tolerations, taint) => {
    expect(plan(tolerating(...tolerations), [repair, lost], 1_000).due).toMatchObject([{ taint }]);
  });
});
