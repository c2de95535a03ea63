import { OwnWrites } from '../../../../src/controllers/replication/own-writes';
import { aMoment, aPod } from '../../../support/builders';

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

  it('gives the uid of a create that was not acknowledged again before any new one', () => {
    const writes = new OwnWrites('rc');
    writes.notAcknowledged('unsure');
    expect(writes.takeUid(() => 'fresh')).toBe('unsure');
    expect(writes.takeUid(() => 'fresh')).toBe('fresh');
  });

  it('forgets a uid whose pod came to be', () => {
    const writes = new OwnWrites('rc');
    const pod = aPod({ uid: 'unsure' });
    writes.notAcknowledged(pod.uid);
    expect(writes.corrected([pod], () => pod)).toEqual([pod]);
    expect(writes.takeUid(() => 'fresh')).toBe('fresh');
  });
});
