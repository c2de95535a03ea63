import type { Pod } from '../../../../src/api/pod';
import { isAbandoned, keptFinishedPerOwner, keptFinishedWithoutOwner, planFinished, planLostNode, planOwned } from '../../../../src/controllers/garbage-collector/plan';
import { aCondition, aContainerStatus, aMoment, anRc, aPod, aRunningPod } from '../../../support/builders';

const minute = 60_000;
const at = (minutes: number): string => new Date(Date.parse(aMoment) + minutes * minute).toISOString();

/** Created later the smaller its number, so that only the end can order them as the tests expect. */
function finished(number: number): Pod {
  const state = { kind: 'ContainerTerminated' as const, exitCode: 1, signal: null, reason: 'Error', message: null, startedAt: null, finishedAt: at(number) };
  return aRunningPod({
    name: `finished-${number}`,
    creationTimestamp: at(-number),
    status: { phase: number % 2 === 0 ? 'FAILED' : 'SUCCEEDED', containerStatuses: [aContainerStatus({ state })] },
  });
}
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const names = (pods: readonly Pod[]): string[] => pods.map(({ name }) => name);
const nothing = { release: [], remove: [], removeController: false };

describe('garbage of a controller', () => {
  const pods = [aRunningPod({ name: 'a' }), aPod({ name: 'b' })];

  it('is all its pods when it is gone, but for those that go already', () => {
    const going = aRunningPod({ name: 'going', deletionTimestamp: aMoment });
    const ended = finished(1);
    expect(planOwned(undefined, [...pods, going, ended])).toEqual({ ...nothing, remove: [...pods, ended] });
  });

  it('is nothing while it lives and its pods run', () => {
    expect(planOwned(anRc(), pods)).toEqual(nothing);
  });

  it('is none of its pods when it orphans them: they are released, and it goes', () => {
    const rc = anRc({ deletionTimestamp: aMoment, annotations: { 'podql.io/cascade': 'ORPHAN' } });
    expect(planOwned(rc, pods)).toEqual({ release: pods, remove: [], removeController: true });
    expect(planOwned(rc, [])).toEqual({ ...nothing, removeController: true });
  });

  it('is the controller itself when it is being deleted and orphans nothing', () => {
    expect(planOwned(anRc({ deletionTimestamp: aMoment }), pods)).toEqual({ ...nothing, removeController: true });
  });

  it('does not release for the annotation alone', () => {
    expect(planOwned(anRc({ annotations: { 'podql.io/cascade': 'ORPHAN' } }), pods)).toEqual(nothing);
  });

  it('is the finished pods beyond the few that are kept, those that ended first', () => {
    const ended = range(keptFinishedPerOwner + 2).map(finished);
    expect(planOwned(anRc(), [...pods, ...ended.slice(2)])).toEqual(nothing);
    expect(names(planOwned(anRc(), [...ended, ...pods]).remove)).toEqual(['finished-0', 'finished-1']);
    expect(names(planOwned(anRc(), [...ended].reverse()).remove)).toEqual(['finished-0', 'finished-1']);
  });

  it('does not count finished pods that go already', () => {
    const ended = range(keptFinishedPerOwner + 1).map(finished);
    const going = ended.map((pod, i) => (i === 3 ? { ...pod, deletionTimestamp: aMoment } : pod));
    expect(planOwned(anRc(), going)).toEqual(nothing);
  });

  it('takes the creation for the end of a pod whose containers never ran', () => {
    const neverRan = aPod({ name: 'never-ran', creationTimestamp: at(-1), status: { phase: 'FAILED' } });
    const ended = range(keptFinishedPerOwner).map(finished);
    expect(names(planOwned(anRc(), [...ended, neverRan]).remove)).toEqual(['never-ran']);
  });
});

describe('garbage without an owner', () => {
  it('is what finished first beyond what is kept', () => {
    const ended = range(keptFinishedWithoutOwner + 1).map(finished);
    expect(planFinished([aRunningPod(), ...ended.slice(1)])).toEqual([]);
    expect(names(planFinished([aRunningPod(), ...ended]))).toEqual(['finished-0']);
  });
});

describe('garbage of a node that is gone', () => {
  it('is the pods that were being deleted there', () => {
    const going = aRunningPod({ name: 'going', deletionTimestamp: aMoment });
    expect(planLostNode([aRunningPod(), going, finished(1)])).toEqual([going]);
  });

  it.each([
    ['one that its kubelet has spoken of', aRunningPod(), true],
    ['one that the scheduler gave to it, though its kubelet never spoke of it', aPod({ status: { conditions: [aCondition('PodScheduled')] } }), true],
    ['none that is said to lack its node', aPod({ status: { conditions: [aCondition('PodScheduled', { status: 'FALSE', reason: 'NodeNotFound' })] } }), false],
    ['one that a controller wants replaced', aPod({ ownerReferences: [{ kind: 'ReplicationController', name: 'web', uid: 'rc', controller: true }] }), true],
    ['none that waits for a node which has not come yet', aPod(), false],
    ['none that goes already', aRunningPod({ deletionTimestamp: aMoment }), false],
    ['none that has finished', finished(1), false],
  ])('abandons %s', (_, pod, expected) => {
    expect(isAbandoned(pod)).toBe(expected);
  });
});
