import type { Operation } from '../../../src/errors/api-error';
import { ApiError } from '../../../src/errors/api-error';
import type { ErrorCode } from '../../../src/errors/codes';
import { interpretStoreError } from '../../../src/errors/interpret';
import type { StoreErrorCode } from '../../../src/errors/store-error';
import { StoreError } from '../../../src/errors/store-error';

const operations = ['get', 'list', 'create', 'update', 'delete', 'bind', 'watch'] as const;
const reads: readonly Operation[] = ['get', 'list', 'watch'];
const secret = 'etcdserver: no space at 10.1.2.3';

const nf = 'NOT_FOUND';
const ae = 'ALREADY_EXISTS';
const cf = 'CONFLICT';
const ex = 'EXPIRED';
const bi = 'BAD_USER_INPUT';
const tl = 'REQUEST_TOO_LARGE';
const su = 'SERVICE_UNAVAILABLE';
const st = 'SERVER_TIMEOUT';
const tm = 'TOO_MANY_REQUESTS';
const ise = 'INTERNAL_SERVER_ERROR';

/** Each cell, when the outcome is known. Columns as `operations`. */
const table: Record<StoreErrorCode, readonly ErrorCode[]> = {
  //               get  list create update delete bind watch
  EXISTS: /*    */ [ise, ise, ae, cf, cf, ae, ise],
  NOT_FOUND: /* */ [nf, ise, ise, nf, nf, nf, ise],
  CONFLICT: /*  */ [ise, ise, ise, cf, cf, cf, ise],
  COMPACTED: /* */ [ex, ex, ise, ise, ise, ise, ex],
  FUTURE: /*    */ [bi, bi, ise, ise, ise, ise, bi],
  LAGGED: /*    */ [ise, ise, ise, ise, ise, ise, tm],
  TOO_LARGE: /* */ [ise, ise, tl, tl, ise, tl, ise],
  LEASE_GONE: /**/ [ise, ise, ise, ise, ise, ise, ise],
  FULL: /*      */ [su, su, su, su, su, su, su],
  BUSY: /*      */ [tm, tm, tm, tm, tm, tm, tm],
  UNAVAILABLE: /**/ [su, su, su, su, su, su, su],
  TIMEOUT: /*   */ [st, st, st, st, st, st, st],
  CORRUPT: /*   */ [ise, ise, ise, ise, ise, ise, ise],
  CLOSED: /*    */ [su, su, su, su, su, su, su],
  IN_USE: /*    */ [su, su, su, su, su, su, su],
  MISCONFIGURED: /**/ [su, su, su, su, su, su, su],
};

const cells = Object.entries(table).flatMap(([code, row]) =>
  operations.map((operation, column) => [operation, code as StoreErrorCode, row[column] as ErrorCode] as const),
);

const about = (operation: Operation) => ({ operation, kind: 'Pod', noun: 'pod', namespace: 'default', name: 'web' });

describe('interpretStoreError', () => {
  it.each(cells)('%s: %s becomes %s', (operation, code, expected) => {
    const error = interpretStoreError(new StoreError(code, secret), about(operation));
    expect(error.code).toBe(expected);
    expect(error.details).toEqual({ operation, kind: 'Pod', namespace: 'default', name: 'web' });
    expect(error.message).toContain(`cannot ${operation} pod default/web`);
    expect(error.message).not.toContain(secret);
    expect(error.cause).toBeInstanceOf(StoreError);
    expect(error.outcome).toBe(reads.includes(operation) ? undefined : 'notApplied');
    expect(error.message.includes('Nothing was changed')).toBe(!reads.includes(operation));
    if (error.retryable) expect(error.retryAfterSeconds).toBeGreaterThan(0);
    else expect(error.retryAfterSeconds).toBeUndefined();
  });

  it.each(cells.filter(([operation]) => !reads.includes(operation)))('%s: %s with the outcome unknown never says that nothing happened', (operation, code, known) => {
    const error = interpretStoreError(new StoreError(code, secret, { outcome: 'unknown' }), about(operation));
    expect(error.code).toBe(known === ise ? ise : 'TIMEOUT');
    expect(error).toMatchObject({ outcome: 'unknown', retryable: false });
    expect(error.message).not.toContain('Nothing was changed');
    expect(error.message).not.toContain(secret);
  });

  it.each(operations)('%s: what is no store error is a fault of ours', (operation) => {
    const error = interpretStoreError(new TypeError(secret), about(operation));
    expect(error.code).toBe(ise);
    expect(error.message).not.toContain(secret);
    expect(error.outcome).toBe(reads.includes(operation) ? undefined : 'unknown');
  });

  it('leaves an API error as it is', () => {
    const error = new ApiError('INVALID', 'no');
    expect(interpretStoreError(error, about('create'))).toBe(error);
  });

  it('names a whole kind where there is no object', () => {
    const error = interpretStoreError(new StoreError('UNAVAILABLE', secret), { operation: 'list', kind: 'Pod', noun: 'pod' });
    expect(error.message).toContain('cannot list pods:');
    expect(error.details).toEqual({ operation: 'list', kind: 'Pod' });
  });
});
