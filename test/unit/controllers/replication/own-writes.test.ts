import { OwnWrites } from '../../../../src/controllers/replication/own-writes';
import { podFromTemplate } from '../../../../src/controllers/replication/pod-template';
import { systemIdentity } from '../../../../src/base/identity';
import { aMoment, anRc, aPod } from '../../../support/builders';

const draft = () => podFromTemplate(anRc(), systemIdentity);

describe('own writes', () => {
  it('remembers the highest revision that was written', () => {
    const writes = new OwnWrites('rc');
    for (const resourceVersion of ['7', '12', '9']) writes.wrote(aPod({ resourceVersion }));
    expect(writes.revision).toBe(12);
  });

  it('does not count a pod whose removal was acknowledged while the cache still shows it', () => {
    const writes = new OwnWrites('rc');
    const [gone, here] = [aPod({ name: 'gone' }), aPod({ name: 'here' })];
    writes.removedPod(gone.uid);
    expect(writes.corrected([gone, here], (uid) => [gone, here].find((pod) => pod.uid === uid))).toEqual([here]);
  });

  it('forgets a removal that the cache shows', () => {
    const writes = new OwnWrites('rc');
    const pod = aPod();
    const going = { ...pod, deletionTimestamp: aMoment };
    writes.removedPod(pod.uid);
    expect(writes.corrected([going], () => going)).toEqual([going]);
    expect(writes.corrected([pod], () => pod)).toEqual([pod]);
  });

  it('sends a draft whose outcome is not known again before any new one', () => {
    const writes = new OwnWrites('rc');
    const [unsure, fresh] = [draft(), draft()];
    writes.unknownOutcome(unsure);
    expect(writes.takeDraft(() => fresh)).toBe(unsure);
    expect(writes.takeDraft(() => fresh)).toBe(fresh);
  });

  it('forgets a draft that came to be', () => {
    const writes = new OwnWrites('rc');
    const [unsure, fresh] = [draft(), draft()];
    writes.unknownOutcome(unsure);
    const pod = aPod({ uid: unsure.uid });
    expect(writes.corrected([pod], () => pod)).toEqual([pod]);
    expect(writes.takeDraft(() => fresh)).toBe(fresh);
  });
});
