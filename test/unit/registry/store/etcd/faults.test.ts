import { faultOf, storeErrorOf } from '../../../../../src/registry/store/etcd/faults';

/** As etcd3 1.1.2 and grpc-js 1.14 word them, with etcd 3.4 and 3.5: what of a read, what of a write, and whether it happened. */
const table: readonly (readonly [message: string, read: string, write: string])[] = [
  ['14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 127.0.0.1:2379. Resolution note: ', 'UNAVAILABLE notApplied', 'UNAVAILABLE notApplied'],
  ['14 UNAVAILABLE: Name resolution failed for target dns:nowhere:2379', 'UNAVAILABLE notApplied', 'UNAVAILABLE notApplied'],
  ['4 DEADLINE_EXCEEDED: Deadline exceeded after 0.050s,name resolution: 0.001s,metadata filters: 0.001s,Waiting for LB pick', 'UNAVAILABLE notApplied', 'UNAVAILABLE notApplied'],
  ['4 DEADLINE_EXCEEDED: Deadline exceeded after 1.501s,name resolution: 0.001s,LB pick: 0.001s,remote_addr=127.0.0.1:2379', 'TIMEOUT notApplied', 'TIMEOUT unknown'],
  // Each stage that took less than a millisecond is missing.
  ['4 DEADLINE_EXCEEDED: Deadline exceeded after 4.501s,name resolution: 0.001s,remote_addr=127.0.0.1:2379', 'TIMEOUT notApplied', 'TIMEOUT unknown'],
  ['4 DEADLINE_EXCEEDED: Deadline exceeded after 4.501s,metadata filters: 0.001s,remote_addr=127.0.0.1:2379', 'TIMEOUT notApplied', 'TIMEOUT unknown'],
  ['4 DEADLINE_EXCEEDED: Deadline exceeded after 4.500s,remote_addr=127.0.0.1:2379', 'TIMEOUT notApplied', 'TIMEOUT unknown'],
  ['4 DEADLINE_EXCEEDED: Deadline exceeded', 'TIMEOUT notApplied', 'TIMEOUT unknown'],
  ['4 DEADLINE_EXCEEDED: Deadline exceeded after 0.050s,Waiting for LB pick', 'UNAVAILABLE notApplied', 'UNAVAILABLE notApplied'],
  ['4 DEADLINE_EXCEEDED: Deadline exceeded after 0.050s,waiting for name resolution', 'UNAVAILABLE notApplied', 'UNAVAILABLE notApplied'],
  ['4 DEADLINE_EXCEEDED: Deadline exceeded after 4.500s,name resolution: 0.001s,previous attempts: 1,time to current attempt start: 0.100s,Waiting for LB pick', 'TIMEOUT notApplied', 'TIMEOUT unknown'],
  ['14 UNAVAILABLE: Connection dropped', 'UNAVAILABLE notApplied', 'UNAVAILABLE unknown'],
  ['14 UNAVAILABLE: read ECONNRESET', 'UNAVAILABLE notApplied', 'UNAVAILABLE unknown'],
  ['13 INTERNAL: Received RST_STREAM with code 2', 'UNAVAILABLE notApplied', 'UNAVAILABLE unknown'],
  ['1 CANCELLED: Call cancelled', 'UNAVAILABLE notApplied', 'UNAVAILABLE unknown'],
  ['2 UNKNOWN: context deadline exceeded', 'TIMEOUT notApplied', 'TIMEOUT unknown'],
  ['14 UNAVAILABLE: etcdserver: request timed out', 'TIMEOUT notApplied', 'TIMEOUT unknown'],
  ['14 UNAVAILABLE: etcdserver: request timed out, possibly due to previous leader failure', 'TIMEOUT notApplied', 'TIMEOUT unknown'],
  ['14 UNAVAILABLE: etcdserver: leader changed', 'UNAVAILABLE notApplied', 'UNAVAILABLE unknown'],
  ['14 UNAVAILABLE: etcdserver: server stopped', 'UNAVAILABLE notApplied', 'UNAVAILABLE unknown'],
  ['14 UNAVAILABLE: etcdserver: no leader', 'UNAVAILABLE notApplied', 'UNAVAILABLE notApplied'],
  ['14 UNAVAILABLE: etcdserver: rpc not supported for learner', 'UNAVAILABLE notApplied', 'UNAVAILABLE notApplied'],
  ['9 FAILED_PRECONDITION: etcdserver: not leader', 'UNAVAILABLE notApplied', 'UNAVAILABLE notApplied'],
  ['11 OUT_OF_RANGE: etcdserver: mvcc: required revision has been compacted', 'COMPACTED notApplied', 'COMPACTED notApplied'],
  ['11 OUT_OF_RANGE: etcdserver: mvcc: required revision is a future revision', 'FUTURE notApplied', 'FUTURE notApplied'],
  ['8 RESOURCE_EXHAUSTED: etcdserver: mvcc: database space exceeded', 'FULL notApplied', 'FULL notApplied'],
  ['8 RESOURCE_EXHAUSTED: etcdserver: too many requests', 'BUSY notApplied', 'BUSY notApplied'],
  ['3 INVALID_ARGUMENT: etcdserver: request is too large', 'TOO_LARGE notApplied', 'TOO_LARGE notApplied'],
  ['8 RESOURCE_EXHAUSTED: grpc: received message larger than max (3000042 vs. 2097152)', 'TOO_LARGE notApplied', 'TOO_LARGE notApplied'],
  ['5 NOT_FOUND: etcdserver: requested lease not found', 'LEASE_GONE notApplied', 'LEASE_GONE notApplied'],
  ['The lease "etcdserver: requested lease not found" is expired or invalid', 'LEASE_GONE notApplied', 'LEASE_GONE notApplied'],
  ['16 UNAUTHENTICATED: etcdserver: invalid auth token', 'MISCONFIGURED notApplied', 'MISCONFIGURED notApplied'],
  ['3 INVALID_ARGUMENT: etcdserver: authentication failed, invalid user ID or password', 'MISCONFIGURED notApplied', 'MISCONFIGURED notApplied'],
  ['3 INVALID_ARGUMENT: etcdserver: user name is empty', 'MISCONFIGURED notApplied', 'MISCONFIGURED notApplied'],
  ['7 PERMISSION_DENIED: etcdserver: permission denied', 'MISCONFIGURED notApplied', 'MISCONFIGURED notApplied'],
  ['15 DATA_LOSS: etcdserver: corrupt cluster', 'CORRUPT notApplied', 'CORRUPT notApplied'],
  ['3 INVALID_ARGUMENT: etcdserver: too many operations in txn request', 'CORRUPT notApplied', 'CORRUPT notApplied'],
];

describe('what etcd and gRPC say', () => {
  it.each(table)('%s', (message, read, write) => {
    const said = (operation: 'read' | 'write'): string => {
      const error = new Error(message);
      const { code, outcome, message: words } = storeErrorOf(error, faultOf(error), operation);
      expect(words).not.toMatch(/etcdserver|grpc|127\.0\.0\.1|UNAVAILABLE/);
      return `${code} ${outcome}`;
    };
    expect([said('read'), said('write')]).toEqual([read, write]);
  });

  it('is told by the number of a raw stream\'s error where its text has none', () => {
    expect(faultOf(Object.assign(new Error('whatever'), { code: 7 }))).toEqual({ kind: 'refused', because: 'permission' });
  });

  it('that nobody knows leaves a write unknown', () => {
    for (const error of [new Error('whatever'), 'a word', undefined]) expect(storeErrorOf(error, faultOf(error), 'write').outcome).toBe('unknown');
  });
});
