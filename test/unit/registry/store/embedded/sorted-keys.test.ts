import fc from 'fast-check';
import { SortedKeys } from '../../../../../src/registry/store/embedded/sorted-keys';

const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', '-', '~'), minLength: 1, maxLength: 4 });

describe('SortedKeys', () => {
  it('finds what a sorted list with a filter finds, whatever was added and removed', () => {
    fc.assert(
      fc.property(fc.array(key), fc.array(key), fc.array(key), key, fc.option(key, { nil: undefined }), (initial, added, removed, prefix, after) => {
        const keys = new SortedKeys(new Set(initial));
        for (const each of added) keys.add(each);
        keys.removeAll(new Set(removed));
        const expected = [...new Set([...initial, ...added])]
          .filter((each) => !removed.includes(each) && each.startsWith(prefix) && (after === undefined || each > after))
          .sort();
        expect([...keys.withPrefix(prefix, after)]).toEqual(expected);
      }),
    );
  });
});
