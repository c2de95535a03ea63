import { systemClock } from '../../../../../src/base/clock';
import { StoreError } from '../../../../../src/errors/store-error';
import { Endpoints } from '../../../../../src/registry/store/etcd/endpoints';
import { plainEtcd } from '../../../../../src/registry/store/etcd/settings';

const unsent = new Error('14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED');
const dropped = new Error('14 UNAVAILABLE: Connection dropped');
const noLeader = new Error('14 UNAVAILABLE: etcdserver: no leader');
const full = new Error('8 RESOURCE_EXHAUSTED: etcdserver: mvcc: database space exceeded');
const oldToken = new Error('16 UNAUTHENTICATED: etcdserver: invalid auth token');

describe('three endpoints', () => {
  let endpoints: Endpoints;
  /** Where each call went. */
  let asked: string[];
  beforeEach(() => {
    endpoints = new Endpoints(['a:1', 'b:1', 'c:1'], plainEtcd, systemClock);
    asked = [];
  });
  afterEach(() => endpoints.close());

  /** Fails with these, one after the other, then succeeds. */
  const failing = (...errors: Error[]) => (): Promise<string> => {
    asked.push(endpoints.address);
    const error = errors.shift();
    return error ? Promise.reject(error) : Promise.resolve('done');
  };

  it('are asked one at a time, always the same while it answers', async () => {
    await endpoints.read(failing());
    await endpoints.write(failing());
    await endpoints.read(failing());
    expect(asked).toEqual(['a:1', 'a:1', 'a:1']);
  });

  it('are left for the next by a read that fails, and not returned to', async () => {
    await expect(endpoints.read(failing(dropped, unsent))).resolves.toBe('done');
    await endpoints.write(failing());
    expect(asked).toEqual(['a:1', 'b:1', 'c:1', 'c:1']);
  });

  it('a write that may have happened is not sent again, but the next call goes elsewhere', async () => {
    await expect(endpoints.write(failing(dropped))).rejects.toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
    await endpoints.write(failing());
    expect(asked).toEqual(['a:1', 'b:1']);
  });

  it('a write that was not sent, or found no leader, is sent elsewhere', async () => {
    await expect(endpoints.write(failing(unsent, noLeader))).resolves.toBe('done');
    expect(asked).toEqual(['a:1', 'b:1', 'c:1']);
  });

  it('an answer that refuses is final, and no reason to leave', async () => {
    await expect(endpoints.read(failing(full))).rejects.toMatchObject({ code: 'FULL' });
    await expect(endpoints.write(failing(full))).rejects.toMatchObject({ code: 'FULL', outcome: 'notApplied' });
    expect(asked).toEqual(['a:1', 'a:1']);
  });

  it('an old token is tried again once', async () => {
    await expect(endpoints.write(failing(oldToken))).resolves.toBe('done');
    await expect(endpoints.write(failing(oldToken, oldToken))).rejects.toMatchObject({ code: 'MISCONFIGURED' });
    expect(asked).toEqual(['a:1', 'a:1', 'a:1', 'a:1']);
  });

  it('what the call itself finds out is no fault of the endpoint', async () => {
    await expect(endpoints.read(failing(new StoreError('CORRUPT', 'odd')))).rejects.toMatchObject({ code: 'CORRUPT' });
    expect(endpoints.address).toBe('a:1');
  });

  it('streams are told of a move, once for all that failed together', async () => {
    let moves = 0;
    const stop = endpoints.onMove(() => (moves += 1));
    const [first, second] = [endpoints.pick(), endpoints.pick()];
    first.failed();
    second.failed();
    expect([moves, endpoints.address]).toEqual([1, 'b:1']);
    stop();
    endpoints.pick().failed();
    expect(moves).toBe(1);
  });

  it('closed, they refuse', async () => {
    endpoints.close();
    await expect(endpoints.read(failing())).rejects.toMatchObject({ code: 'CLOSED' });
    expect(() => endpoints.pick()).toThrow('closed');
  });
});
