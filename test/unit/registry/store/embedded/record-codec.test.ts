import fc from 'fast-check';
import type { LogRecord } from '../../../../../src/registry/store/embedded/revision-log';
import { decodePosition, decodeRecord, encodePosition, encodeRecord } from '../../../../../src/registry/store/embedded/record-codec';

const revision = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const record: fc.Arbitrary<LogRecord> = fc.record({
  revision,
  sub: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  key: fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 1024 }),
  value: fc.option(fc.uint8Array({ maxLength: 64 })),
  createRevision: revision,
  version: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  lease: fc.option(fc.stringMatching(/^[0-9]{1,16}$/)),
});

describe('the record codec', () => {
  it('gives back what it was given, an empty value apart from none', () => {
    fc.assert(
      fc.property(record, (original) => {
        const position = decodePosition(encodePosition(original));
        const decoded = decodeRecord(position, encodeRecord(original));
        expect({ ...decoded, value: decoded.value && new Uint8Array(decoded.value) }).toEqual(original);
      }),
    );
  });

  it('orders positions as their numbers are ordered', () => {
    fc.assert(
      fc.property(record, record, (a, b) => {
        const order = Math.sign(a.revision - b.revision) || Math.sign(a.sub - b.sub);
        expect(Buffer.compare(encodePosition(a), encodePosition(b))).toBe(order);
      }),
    );
  });

  it('refuses every record that was cut short within its head, key or lease', () => {
    const whole = encodeRecord({ revision: 5, sub: 0, key: '/abc', value: null, createRevision: 5, version: 1, lease: '12' });
    for (let length = 0; length < whole.length; length += 1) {
      expect(() => decodeRecord({ revision: 5, sub: 0 }, whole.subarray(0, length))).toThrow(/cut short/);
    }
  });
});
