import fc from 'fast-check';
import { LabelSelectorError, formatLabels, matchesLabels, parseLabelSelector } from '../../../src/api/selectors';

describe('parseLabelSelector', () => {
  const matching: [selector: string, labels: Record<string, string>, expected: boolean][] = [
    ['', {}, true],
    ['  ', { any: 'thing' }, true],
    ['app', { app: '' }, true],
    ['app', {}, false],
    ['!app', {}, true],
    ['! app', { app: 'x' }, false],
    ['app=web', { app: 'web' }, true],
    ['app == web', { app: 'web' }, true],
    ['app=web', {}, false],
    ['app!=web', {}, true],
    ['app!=web', { app: 'db' }, true],
    ['app!=web', { app: 'web' }, false],
    ['x=', { x: '' }, true],
    ['x=', {}, false],
    ['x=,z= ', { x: '', z: '' }, true],
    ['x in (a,b)', { x: 'b' }, true],
    ['x in (a,)', { x: '' }, true],
    ['x in ()', { x: '' }, true],
    ['x in ()', { x: 'a' }, false],
    ['x in (,a)', { x: 'a' }, true],
    ['x notin (a)', {}, true],
    ['x notin (a)', { x: 'a' }, false],
    ['x notin ()', { x: '' }, false],
    ['x>1', { x: '2' }, true],
    ['x>1', { x: '1' }, false],
    ['x<10', { x: '9' }, true],
    ['x<10', { x: 'nine' }, false],
    ['x<10', {}, false],
    ['in=notin', { in: 'notin' }, true],
    ['in in (in)', { in: 'in' }, true],
    ['notin notin (notin)', { notin: 'in' }, true],
    ['app=web,tier in (front, back),!canary', { app: 'web', tier: 'back' }, true],
    ['app=web,tier in (front, back),!canary', { app: 'web', tier: 'back', canary: '' }, false],
    ['example.com/tier=a.b_c-1', { 'example.com/tier': 'a.b_c-1' }, true],
    ['constructor', {}, false],
    ['!toString', {}, true],
  ];
  it.each(matching)('%j on %j is %p', (selector, labels, expected) => {
    expect(parseLabelSelector(selector).matches(labels)).toBe(expected);
  });

  const broken: [selector: string, position: number][] = [
    ['x=a||y=b', 2],
    ['x==a==b', 4],
    ['!x=a', 2],
    ['x<a', 2],
    ['x>', 2],
    ['x,,y', 2],
    [',x,y', 0],
    ['a in (xyz),', 11],
    ['x nott in (y)', 2],
    ['a in (xyz abc)', 10],
    ['a in', 4],
    ['a in xyz', 5],
    ['a notin(', 8],
    ['(', 0],
    ['=web', 0],
    ['!', 1],
    ['!!x', 1],
    ['x y', 2],
    ['-x', 0],
    ['x=-y', 2],
    [`x=${'a'.repeat(64)}`, 2],
  ];
  it.each(broken)('refuses %j at position %i', (selector, position) => {
    const attempt = (): unknown => parseLabelSelector(selector);
    expect(attempt).toThrow(LabelSelectorError);
    expect(attempt).toThrow(expect.objectContaining({ position, message: expect.stringContaining('not a label selector') }));
  });

  it('says what stands where something else is expected', () => {
    expect(() => parseLabelSelector('x nott in (y)')).toThrow('found "nott" where one of =, ==, !=, in, notin, <, > is expected at position 2');
    expect(() => parseLabelSelector('a in (b')).toThrow('found the end where "," or ")" is expected');
  });

  it('refuses a selector of unreasonable length', () => {
    expect(() => parseLabelSelector('a,'.repeat(10_000))).toThrow(LabelSelectorError);
  });

  it('prints requirements sorted by key and sets sorted by value', () => {
    expect(parseLabelSelector('z , b notin (y,x,x),!c,a!=1, d==2,e>3').toString()).toBe('a!=1,b notin (x,y),!c,d==2,e>3,z');
    expect(parseLabelSelector('x in ()').toString()).toBe('x in ()');
  });

  it('offers its equality requirements for an index', () => {
    expect(parseLabelSelector('app=web,tier in (front),zone in (a,b),!c,d!=e,f==g').equalities).toEqual({ app: 'web', tier: 'front', f: 'g' });
  });

  it('gives an equal selector when its canonical form is parsed again', () => {
    const value = fc.stringMatching(/^([A-Za-z0-9]([A-Za-z0-9._-]{0,5}[A-Za-z0-9])?)?$/);
    const key = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,5}[A-Za-z0-9])?$/);
    const requirement = fc.oneof(
      key,
      key.map((k) => `!${k}`),
      fc.tuple(key, fc.constantFrom('=', '==', '!='), value).map((parts) => parts.join('')),
      fc.tuple(key, fc.constantFrom('in', 'notin'), fc.array(value, { maxLength: 4 })).map(([k, o, v]) => `${k} ${o} (${v.join(', ')})`),
      fc.tuple(key, fc.constantFrom('<', '>'), fc.nat()).map((parts) => parts.join(' ')),
    );
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 5 }), (parts) => {
        const selector = parseLabelSelector(parts.join(' , '));
        const again = parseLabelSelector(selector.toString());
        expect(again.requirements).toEqual(selector.requirements);
        expect(again.toString()).toBe(selector.toString());
      }),
    );
  });

  it('never fails otherwise than with a LabelSelectorError, and its equalities are necessary', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'in', 'notin', '(', ')', ',', '=', '!', '<', '1', ' '), { maxLength: 12 });
    fc.assert(
      fc.property(text, fc.dictionary(fc.constantFrom('a', 'b', 'in'), fc.constantFrom('a', '1', '')), (parts, labels) => {
        let selector;
        try {
          selector = parseLabelSelector(parts.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(LabelSelectorError);
          return;
        }
        if (selector.matches(labels)) expect(matchesLabels(selector.equalities, labels)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('matchesLabels', () => {
  it('demands every entry of the selector and no more', () => {
    expect(matchesLabels({ app: 'web' }, { app: 'web', tier: 'front' })).toBe(true);
    expect(matchesLabels({ app: 'web', tier: 'front' }, { app: 'web' })).toBe(false);
    expect(matchesLabels({ app: 'web' }, { app: 'db' })).toBe(false);
  });

  it('matches everything when empty', () => {
    expect(matchesLabels({}, {})).toBe(true);
  });

  it('looks at own entries only', () => {
    expect(matchesLabels({ constructor: 'x' }, {})).toBe(false);
  });
});

describe('formatLabels', () => {
  it('prints a map as a selector that matches it', () => {
    const labels = { tier: 'front', app: 'web' };
    expect(formatLabels(labels)).toBe('app=web,tier=front');
    expect(parseLabelSelector(formatLabels(labels)).matches(labels)).toBe(true);
  });
});
