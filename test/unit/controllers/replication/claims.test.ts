import { ownersWhenAdopted, ownersWhenReleased } from '../../../../src/controllers/replication/claims';
import { controllerReference } from '../../../../src/controllers/replication/pod-template';
import { anRc, aPod } from '../../../support/builders';

const rc = anRc();
const ours = controllerReference(rc);
const theirs = { ...ours, name: 'other', uid: 'other-uid' };
const bystander = { ...theirs, controller: false };

describe('claims, on the pod as it is when written', () => {
  it('adoption adds the controller and keeps other owners', () => {
    const pod = aPod({ labels: { app: 'web' }, ownerReferences: [bystander] });
    expect(ownersWhenAdopted(rc, pod)).toEqual([bystander, ours]);
  });

  it('adoption leaves a pod that another took, or that matches no longer', () => {
    const taken = aPod({ labels: { app: 'web' }, ownerReferences: [theirs] });
    expect(ownersWhenAdopted(rc, taken)).toBe(taken.ownerReferences);
    const relabelled = aPod({ labels: { app: 'db' } });
    expect(ownersWhenAdopted(rc, relabelled)).toBe(relabelled.ownerReferences);
  });

  it('release takes the controller off and keeps other owners', () => {
    expect(ownersWhenReleased(rc, aPod({ ownerReferences: [bystander, ours] }))).toEqual([bystander]);
  });

  it('release leaves a pod that matches again, or that another owns', () => {
    const back = aPod({ labels: { app: 'web' }, ownerReferences: [ours] });
    expect(ownersWhenReleased(rc, back)).toBe(back.ownerReferences);
    const taken = aPod({ ownerReferences: [theirs] });
    expect(ownersWhenReleased(rc, taken)).toBe(taken.ownerReferences);
  });
});
