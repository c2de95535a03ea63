import { countReplicas, isAvailable } from '../../../src/resolvers/counts';
import { aCondition, aMoment, anRc, aPod, aRunningPod } from '../../support/builders';

const now = Date.parse(aMoment);
const rc = anRc();
const owned = (uid: string) => [{ kind: 'ReplicationController', name: 'x', uid, controller: true }];
const ready = aRunningPod();
const pending = aPod();
const unready = aRunningPod({ status: { conditions: [aCondition('Ready', { status: 'FALSE' })] } });
const leaving = aRunningPod({ deletionTimestamp: aMoment });
const failed = aPod({ status: { phase: 'FAILED' } });
const succeededLeaving = aPod({ status: { phase: 'SUCCEEDED' }, deletionTimestamp: aMoment });

test('without pods everything is 0', () => {
  expect(countReplicas(rc, [], now)).toEqual({ current: 0, ready: 0, available: 0, terminating: 0 });
});

test('pods that wait, run and are ready are current; finished ones and those being deleted are not', () => {
  const pods = [ready, pending, unready, leaving, failed, succeededLeaving];
  expect(countReplicas(rc, pods, now)).toEqual({ current: 3, ready: 1, available: 1, terminating: 1 });
});

test('pods of another controller are not counted; its own and those without owner are', () => {
  const pods = [aRunningPod({ ownerReferences: owned('another') }), aRunningPod({ ownerReferences: owned(rc.uid) }), aRunningPod()];
  expect(countReplicas(rc, pods, now).current).toBe(2);
});

test('an owner that does not control leaves the pod free', () => {
  const pods = [aRunningPod({ ownerReferences: [{ kind: 'Other', name: 'x', uid: 'another', controller: false }] })];
  expect(countReplicas(rc, pods, now).current).toBe(1);
});

test.each([
  [0, 0, true],
  [10, 9_999, false],
  [10, 10_000, true],
])('with minReadySeconds %d a pod that is ready for %d ms is available: %s', (seconds, milliseconds, available) => {
  expect(isAvailable(ready, seconds, now + milliseconds)).toBe(available);
});

test('a pod that does not say since when it is ready is not available while there is a wait', () => {
  const pod = aRunningPod({ status: { conditions: [aCondition('Ready', { lastTransitionTime: null })] } });
  expect(isAvailable(pod, 1, now + 1e9)).toBe(false);
  expect(isAvailable(pod, 0, now)).toBe(true);
});
