import { keyOf, refOf } from '../../../../src/controllers/runtime/key';

describe('keys of objects', () => {
  it.each([
    [{ namespace: 'default', name: 'web' }, 'default/web'],
    [{ namespace: null, name: 'node-a' }, 'node-a'],
  ])('%j is %s, and back', (ref, key) => {
    expect(keyOf(ref)).toBe(key);
    expect(refOf(key)).toEqual(ref);
  });
});
