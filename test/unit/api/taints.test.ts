import type { Taint, Toleration } from '../../../src/api/taints';
import { taintText, tolerates, tolerationOf } from '../../../src/api/taints';

const taint: Taint = { key: 'dedicated', value: 'gpu', effect: 'NO_EXECUTE', timeAdded: null };
const toleration: Toleration = { key: 'dedicated', operator: 'EQUAL', value: 'gpu', effect: null, tolerationSeconds: null };

describe('a toleration', () => {
  it.each<[what: string, toleration: Partial<Toleration>, taint: Partial<Taint>, covers: boolean]>([
    ['covers a taint of its key and value, with any effect', {}, {}, true],
    ['covers a taint of its effect', { effect: 'NO_EXECUTE' }, {}, true],
    ['does not cover another effect', { effect: 'NO_SCHEDULE' }, {}, false],
    ['does not cover another value', {}, { value: 'ssd' }, false],
    ['does not cover another key', {}, { key: 'other' }, false],
    ['covers any value with EXISTS', { operator: 'EXISTS', value: null }, { value: 'ssd' }, true],
    ['covers no other key with EXISTS', { operator: 'EXISTS', value: null }, { key: 'other' }, false],
    ['covers everything with EXISTS and no key', { operator: 'EXISTS', key: null, value: null }, { key: 'other' }, true],
    ['covers only its effect with EXISTS and no key', { operator: 'EXISTS', key: null, value: null, effect: 'NO_SCHEDULE' }, {}, false],
    ['covers a taint without a value when it has none', { value: null }, { value: null }, true],
    ['covers nothing without a key and EXISTS', { key: null, value: null }, { value: null }, false],
  ])('%s', (_, given, there, covers) => {
    expect(tolerates({ ...toleration, ...given }, { ...taint, ...there })).toBe(covers);
  });

  it('that comes first is the one that counts', () => {
    const [short, long] = [{ ...toleration, tolerationSeconds: 5 }, { ...toleration, tolerationSeconds: 500 }];
    expect(tolerationOf([{ ...toleration, key: 'other' }, short, long], taint)).toBe(short);
    expect(tolerationOf([], taint)).toBeUndefined();
  });
});

it('a taint reads as people write it', () => {
  expect([taintText(taint), taintText({ ...taint, value: null })]).toEqual(['dedicated=gpu', 'dedicated']);
});
