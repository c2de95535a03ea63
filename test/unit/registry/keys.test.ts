import fc from 'fast-check';
import type { Kind } from '../../../src/api/kinds';
import { kinds } from '../../../src/api/kinds';
import { KeySpace, canBeStored, compareRefs } from '../../../src/registry/keys';

const keys = new KeySpace('/registry/');
const name = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,10}[a-z0-9])?$/);
const kind = fc.constantFrom<Kind>('Pod', 'ReplicationController', 'ClusterNode');

describe('store keys', () => {
  it('say which object they are of', () => {
    fc.assert(
      fc.property(kind, name, name, (each, namespace, objectName) => {
        const ref = { namespace: kinds[each].namespaced ? namespace : null, name: objectName };
        expect(canBeStored(ref)).toBe(true);
        const key = keys.ofObject(each, ref);
        expect(key.startsWith(keys.ofKind(each))).toBe(true);
        expect(keys.parse(key)).toEqual({ holds: 'object', kind: each, ...ref });
      }),
    );
  });

  it('of leases say which node', () => {
    expect(keys.parse(keys.ofLease('node-a'))).toEqual({ holds: 'lease', nodeName: 'node-a' });
  });

  it.each(['/other/pods/a/b', '/registry/', '/registry/pods', '/registry/pods/a', '/registry/pods/a/b/c', '/registry/pods//b', '/registry/elections/a', '/registry/clusternodes/a/b'])(
    '%s is somebody else\'s',
    (key) => expect(keys.parse(key)).toBeNull(),
  );

  it.each(['', 'a/b', '..', 'A', 'a b', 'ä', '-a', 'a-'])('no object can be called %j', (each) => {
    expect(canBeStored({ namespace: 'default', name: each })).toBe(false);
    expect(canBeStored({ namespace: each, name: 'a' })).toBe(false);
  });

  it('refuses a prefix that would let keys of others in', () => {
    for (const prefix of ['', 'registry', '/a b/', '/ä/']) expect(() => new KeySpace(prefix)).toThrow('prefix');
  });

  it('are not the order of lists: that is namespace, then name', () => {
    const refs = [{ namespace: 'a-b', name: 'x' }, { namespace: 'a', name: 'z' }, { namespace: 'a', name: 'y' }];
    expect([...refs].sort(compareRefs).map((ref) => `${ref.namespace}/${ref.name}`)).toEqual(['a/y', 'a/z', 'a-b/x']);
  });
});
