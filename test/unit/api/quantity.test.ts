import fc from 'fast-check';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  cpuMilli,
  formatCpuMilli,
  formatMemoryBytes,
  formatQuantity,
  memoryBytes,
  parseQuantity,
} from '../../../src/api/quantity';

function quantity(text: string) {
  const parsed = parseQuantity(text);
  if (!parsed) throw new Error(`${text} is no quantity`);
  return parsed;
}

describe('canonicalQuantity', () => {
  it.each([
    ['250m', '250m'],
    ['1000m', '1'],
    ['1.5', '1500m'],
    ['0.1', '100m'],
    ['.5', '500m'],
    ['5.', '5'],
    ['0', '0'],
    ['000', '0'],
    ['4', '4'],
    ['1000', '1k'],
    ['64Mi', '64Mi'],
    ['1.5Gi', '1536Mi'],
    ['1024Mi', '1Gi'],
    ['0.5Ki', '512'],
    ['1.1Gi', '1181116007'],
    ['1.953125Ki', '2k'],
    ['129e6', '129M'],
    ['1E3', '1k'],
    ['1E', '1E'],
    ['2e-3', '2m'],
    ['0.0001', '1m'],
    ['100n', '1m'],
    ['1500u', '2m'],
    ['+1', '1'],
    ['-1.5', '-1500m'],
  ])('%s is written %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  it.each(['', ' ', '.', 'm', '1 Gi', '1gi', '1K', '1mi', '1e', '1e999', '--1', '0x10', '1,5', '1_000', '10Ei', `${'9'.repeat(60)}`])(
    'refuses %j',
    (text) => expect(canonicalQuantity(text)).toBeNull(),
  );

  it('changes a canonical text no more, and never makes an amount smaller', () => {
    const suffix = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi');
    fc.assert(
      fc.property(fc.nat(), fc.option(fc.nat(99_999), { nil: undefined }), suffix, (whole, fraction, unit) => {
        const text = `${whole}${fraction === undefined ? '' : `.${fraction}`}${unit}`;
        const once = formatQuantity(quantity(text));
        expect(canonicalQuantity(once)).toBe(once);
        expect(compareQuantities(quantity(once), quantity(`${whole}${unit}`))).toBeGreaterThanOrEqual(0);
        expect(compareQuantities(quantity(once), quantity(text))).toBe(0);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('arithmetic', () => {
  it('compares across families', () => {
    expect(compareQuantities(quantity('1Gi'), quantity('1G'))).toBeGreaterThan(0);
    expect(compareQuantities(quantity('1024'), quantity('1Ki'))).toBe(0);
    expect(compareQuantities(quantity('999m'), quantity('1'))).toBeLessThan(0);
  });

  it('adds exactly', () => {
    expect(formatQuantity(addQuantities(quantity('0.1'), quantity('0.2')))).toBe('300m');
    expect(formatQuantity(addQuantities(quantity('512Mi'), quantity('512Mi')))).toBe('1Gi');
  });

  it('gives thousandths for cpu and bytes for memory', () => {
    expect(cpuMilli('1.5')).toBe(1500);
    expect(cpuMilli(null)).toBe(0);
    expect(memoryBytes('64Mi')).toBe(67_108_864);
    expect(memoryBytes('1500m')).toBe(2);
    expect(memoryBytes(null)).toBe(0);
    expect(() => cpuMilli('much')).toThrow(RangeError);
  });

  it('prints sums', () => {
    expect(formatCpuMilli(1500)).toBe('1500m');
    expect(formatCpuMilli(4000)).toBe('4');
    expect(formatMemoryBytes(67_108_864)).toBe('64Mi');
    expect(formatMemoryBytes(1000)).toBe('1k');
    expect(formatMemoryBytes(0)).toBe('0');
  });
});
