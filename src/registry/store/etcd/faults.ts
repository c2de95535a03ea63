import { messageOf } from '../../../base/error-message';
import { StoreError } from '../../../errors/store-error';

/**
 * What went wrong with one call to one endpoint. etcd3 makes new errors out of gRPC's and keeps only the text, which still
 * begins with gRPC's number; the errors of raw streams are gRPC's own. Both are read here, and nowhere else.
 *
 *  unsent      no connection was had: nothing reached etcd
 *  refused     etcd answered and did nothing; `code` says why
 *  unanswered  the connection broke, or the time was over: whether a write was applied is not known
 *  no-leader   this member has no leader now, or cannot serve for another reason; nothing was proposed
 */
export type Fault =
  | { readonly kind: 'unsent' | 'unanswered' | 'no-leader'; readonly late: boolean }
  | { readonly kind: 'refused'; readonly because: Refusal };

export type Refusal =
  | 'compacted' | 'future' | 'full' | 'busy' | 'too-large' | 'lease-gone' | 'token' | 'credentials' | 'permission' | 'corrupt' | 'request';

const numbered = /(?:^|: )(\d{1,2}) [A-Z_]+: /;

/** etcd's own words (api/v3rpc/rpctypes/error.go, 3.4 to 3.6), which say more than gRPC's number. */
const refusals: readonly (readonly [text: string, because: Refusal])[] = [
  ['required revision has been compacted', 'compacted'],
  ['required revision is a future revision', 'future'],
  ['database space exceeded', 'full'],
  ['too many requests', 'busy'],
  ['request is too large', 'too-large'],
  ['trying to send message larger than max', 'too-large'],
  ['requested lease not found', 'lease-gone'],
  ['invalid auth token', 'token'],
  ['auth token is not provided', 'token'],
  ['revision of auth store is old', 'token'],
  ['authentication failed', 'credentials'],
  ['user name is empty', 'credentials'],
  ['authentication is not enabled', 'credentials'],
  ['permission denied', 'permission'],
  ['corrupt cluster', 'corrupt'],
];

/** Of members that cannot serve now; another may. */
const unserved = ['etcdserver: no leader', 'etcdserver: not capable', 'etcdserver: not leader', 'etcdserver: rpc not supported for learner'];

/** gRPC's numbers for answers that came from etcd and mean that it did nothing. */
const codes = { deadline: 4, invalidArgument: 3, notFound: 5, alreadyExists: 6, permission: 7, exhausted: 8, precondition: 9, outOfRange: 11, unimplemented: 12, unavailable: 14, dataLoss: 15, unauthenticated: 16 };

export function faultOf(error: unknown): Fault {
  const text = messageOf(error);
  for (const [words, because] of refusals) if (text.includes(words)) return { kind: 'refused', because };
  if (unserved.some((words) => text.includes(words))) return { kind: 'no-leader', late: false };
  const code = grpcCode(error, text);
  switch (code) {
    case codes.deadline:
      return { kind: isWaiting(text) ? 'unsent' : 'unanswered', late: true };
    case codes.unavailable:
      return { kind: isUnsent(text) ? 'unsent' : 'unanswered', late: text.includes('request timed out') };
    case codes.exhausted:
      // Above 2 MiB the transport itself refuses a request, before etcd sees it.
      return { kind: 'refused', because: text.includes('larger than max') ? 'too-large' : 'busy' };
    case codes.permission:
      return { kind: 'refused', because: 'permission' };
    case codes.unauthenticated:
      return { kind: 'refused', because: 'token' };
    case codes.dataLoss:
      return { kind: 'refused', because: 'corrupt' };
    case codes.invalidArgument:
    case codes.notFound:
    case codes.alreadyExists:
    case codes.precondition:
    case codes.outOfRange:
    case codes.unimplemented:
      return { kind: 'refused', because: 'request' };
    default:
      return { kind: 'unanswered', late: text.includes('context deadline exceeded') };
  }
}

/** For a read, and for a write by what is known of its outcome (D5). COMPACTED and FUTURE are the caller's, who knows the revisions. */
export function storeErrorOf(error: unknown, fault: Fault, operation: 'read' | 'write'): StoreError {
  if (error instanceof StoreError) return error;
  if (fault.kind !== 'refused') {
    const outcome = operation === 'write' && fault.kind === 'unanswered' ? 'unknown' : 'notApplied';
    const said = { unsent: 'etcd cannot be reached', unanswered: 'etcd did not answer', 'no-leader': 'etcd has no leader now' }[fault.kind];
    // Who was never connected did not wait for an answer, however long it took.
    return new StoreError(fault.late && fault.kind !== 'unsent' ? 'TIMEOUT' : 'UNAVAILABLE', said, { outcome, cause: error });
  }
  const refused = (code: StoreError['code'], message: string): StoreError => new StoreError(code, message, { cause: error });
  switch (fault.because) {
    case 'compacted':
      return refused('COMPACTED', 'that revision was compacted');
    case 'future':
      return refused('FUTURE', 'that revision has not happened yet');
    case 'full':
      return refused('FULL', 'etcd has no space left for writes: its quota is used up');
    case 'busy':
      return refused('BUSY', 'etcd has too much to do');
    case 'too-large':
      return refused('TOO_LARGE', 'the request exceeds what etcd takes');
    case 'lease-gone':
      return refused('LEASE_GONE', 'there is no such lease, or it ran out');
    case 'token':
    case 'credentials':
      return refused('MISCONFIGURED', 'etcd does not accept the user name and password');
    case 'permission':
      return refused('MISCONFIGURED', 'etcd does not let this user do that');
    case 'corrupt':
      return refused('CORRUPT', 'etcd says that its data are damaged');
    case 'request':
      return refused('CORRUPT', 'etcd refused a request as malformed');
  }
}

function grpcCode(error: unknown, text: string): number | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'number') return error.code;
  const code = numbered.exec(text)?.[1];
  return code === undefined ? undefined : Number(code);
}

/**
 * A deadline lists how far the call had come. Stages that took less than a millisecond are left out, so only what it says
 * that it waits for proves that nothing was sent; and an attempt before that one may have been.
 */
function isWaiting(text: string): boolean {
  return /waiting for (?:name resolution|metadata filters)|Waiting for LB pick/.test(text) && !text.includes('previous attempts');
}

function isUnsent(text: string): boolean {
  return text.includes('No connection established') || text.includes('Name resolution failed') || text.includes('ECONNREFUSED');
}
