import type { Subject } from '../../../../src/controllers/garbage-collector/subject';
import { keyOfSubject, subjectOf } from '../../../../src/controllers/garbage-collector/subject';

describe('subjects of the garbage collector', () => {
  it.each<[Subject, string]>([
    [{ kind: 'owner', uid: 'u-1' }, 'owner/u-1'],
    [{ kind: 'node', name: 'node-a' }, 'node/node-a'],
    [{ kind: 'finished' }, 'finished'],
  ])('%j is %s, and back', (subject, key) => {
    expect(keyOfSubject(subject)).toBe(key);
    expect(subjectOf(key)).toEqual(subject);
  });

  it('refuses a key that it never made', () => {
    expect(() => subjectOf('default/web')).toThrow('default/web is no subject');
  });
});
