import { restartBackoffAnnotation, validateMetadata } from '../../../../src/registry/metadata';
import { aNode, aPod, anRc } from '../../../support/builders';

function fields(object: Parameters<typeof validateMetadata>[0]): string[] {
  return validateMetadata(object).map(({ field, reason }) => `${field} ${reason}`);
}

describe('validateMetadata', () => {
  it.each([aPod(), anRc(), aNode(), aPod({ uid: '', generateName: 'web-' })])('finds nothing in a canonical object', (object) => {
    expect(validateMetadata(object)).toEqual([]);
  });

  it('reports all broken rules at once', () => {
    const pod = aPod({ name: 'Web', namespace: 'a.b', uid: 'mine', labels: { '-a': 'x', b: '-' }, annotations: { 'c d': '' } });
    expect(fields(pod)).toEqual([
      'name FieldValueInvalid',
      'namespace FieldValueInvalid',
      'uid FieldValueInvalid',
      'labels.-a FieldValueInvalid',
      'labels.b FieldValueInvalid',
      'annotations[c d] FieldValueInvalid',
    ]);
  });

  it('demands a name, and a namespace of what is namespaced', () => {
    expect(fields(aPod({ name: '', namespace: '' }))).toEqual(['name FieldValueRequired', 'namespace FieldValueRequired']);
  });

  it('forbids a namespace to nodes', () => {
    expect(fields({ ...aNode(), namespace: 'default' })).toEqual(['namespace FieldValueForbidden']);
  });

  it('blames the prefix, not the name that was made of it', () => {
    expect(fields(aPod({ generateName: 'Web_', name: 'Web_x7k2p' }))).toEqual(['generateName FieldValueInvalid']);
  });

  it('bounds labels and annotations', () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`k${index}`, '']));
    expect(fields(aPod({ labels: many }))).toEqual(['labels FieldValueTooMany']);
    expect(fields(aPod({ annotations: { note: 'ä'.repeat(128 * 1024) } }))).toEqual(['annotations FieldValueTooLong']);
    expect(fields(aPod({ annotations: { note: 'ä'.repeat(127 * 1024) } }))).toEqual([]);
  });

  it('reserves the annotation that stands for spec.restartBackoff', () => {
    expect(fields(aPod({ annotations: { [restartBackoffAnnotation]: 'x' } }))).toEqual(['annotations[podql.io/restart-backoff] FieldValueForbidden']);
  });

  it('allows one controller', () => {
    const owner = { kind: 'ReplicationController', name: 'web', uid: aPod().uid, controller: true };
    expect(fields(aPod({ ownerReferences: [owner, { ...owner, controller: false }] }))).toEqual([]);
    expect(fields(aPod({ ownerReferences: [owner, owner] }))).toEqual(['ownerReferences FieldValueInvalid']);
  });
});
