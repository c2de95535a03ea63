import { messageOf } from '../../../base/error-message';
import { isStoreError } from '../../../errors/store-error';
import type { Endpoints } from './endpoints';
import { faultOf } from './faults';
import type { EtcdSettings } from './settings';
import type { KeyRange } from './values';
import { knownFaults, parseVersion } from './versions';

/** What a person should know of the etcd that podql was pointed at. */
export interface Finding {
  /** "wrong": it will not get better by waiting. "trouble": it may. "advice": it works, but. */
  readonly severity: 'wrong' | 'trouble' | 'advice';
  readonly message: string;
}

/**
 * Looks at every endpoint: reachable, TLS, login, version (space.ts looks at its size); then whether this user may read and write below the
 * prefix, by a transaction whose condition is never true. Changes nothing. Never rejects.
 */
export async function diagnose(endpoints: Endpoints, keys: KeyRange, settings: EtcdSettings): Promise<Finding[]> {
  const answers = await endpoints.each((client, options) => client.maintenance.status(options));
  const findings = answers.flatMap(({ address, result }): Finding[] => {
    if (result.status === 'rejected') return [explain(address, result.reason, settings)];
    const { version } = result.value;
    const parsed = parseVersion(version);
    const faults = parsed ? knownFaults(parsed) : ['it does not say its version'];
    return faults.map((fault): Finding => ({ severity: 'advice', message: `etcd ${version} at ${address}: ${fault}` }));
  });
  if (answers.some(({ result }) => result.status === 'fulfilled')) findings.push(...(await permissionFindings(endpoints, keys, settings)));
  return findings;
}

async function permissionFindings(endpoints: Endpoints, keys: KeyRange, settings: EtcdSettings): Promise<Finding[]> {
  const range = keys.rangeOf('/');
  const key = keys.keyOf('/');
  const never = { target: 'Version' as const, result: 'Less' as const, key, version: 0 };
  try {
    await endpoints.read((client, options) =>
      client.kv.txn(
        {
          compare: [never],
          success: [{ request_put: { key, value: Buffer.alloc(0) } }],
          failure: [{ request_range: { ...range, count_only: true } }],
        },
        options,
      ),
    );
    return [];
  } catch (error) {
    if (!isStoreError(error, 'MISCONFIGURED')) return [];
    // To be asked for its state an etcd needs no login, so this may be the first that it says of one.
    const stranger = strangerFinding(`etcd at ${endpoints.address}`, error.cause, settings);
    if (stranger) return [stranger];
    const prefix = keys.keyOf('/').toString('latin1');
    return [{ severity: 'wrong', message: `etcd lets this user not read and write below ${prefix}: grant its role "readwrite" on the prefix ${prefix}` }];
  }
}

const noTls = 'it does not speak TLS, as it seems: leave out --etcd-ca, or use its TLS port';

/** gRPC tells TLS mistakes, refused connections and wrong names by their text only. */
const hints: readonly (readonly [text: RegExp, hint: string])[] = [
  [/ECONNREFUSED/, 'nothing listens there: is etcd running, and is this its client port?'],
  [/ENOTFOUND|EAI_AGAIN|Name resolution failed/, 'its name cannot be resolved'],
  [/EHOSTUNREACH|ENETUNREACH|ETIMEDOUT/, 'there is no way to that machine'],
  [/self.signed|unable to verify|unable to get (?:local )?issuer/i, 'its certificate is not signed by the CA given with --etcd-ca'],
  [/certificate has expired/i, 'its certificate has expired'],
  [/Hostname\/IP does not match|altnames/i, 'its certificate is for another name'],
  [/bad certificate|certificate required|alert number (?:42|116)/i, 'it wants a client certificate: give --etcd-cert and --etcd-key, signed by a CA that it trusts'],
  [/wrong version number|packet length too long|EPROTO/i, noTls],
];

/** What an etcd that speaks no TLS does to who begins with it. */
const endedBeforeTls = /before secure TLS connection was established|No connection established\. Last error: .*ECONNRESET/;

function explain(address: string, error: unknown, settings: EtcdSettings): Finding {
  const fault = faultOf(error);
  const text = textOf(error);
  const at = `etcd at ${address}`;
  const stranger = strangerFinding(at, error, settings);
  if (stranger) return stranger;
  const hint = hints.find(([pattern]) => pattern.test(text))?.[1] ?? (settings.tls && endedBeforeTls.test(text) ? noTls : undefined);
  if (hint) return { severity: 'trouble', message: `${at} cannot be reached: ${hint}` };
  if (fault.kind !== 'refused' && fault.late) return { severity: 'trouble', message: `${at} does not answer` };
  const tls = settings.tls ? '' : '. If it speaks TLS only, give --etcd-ca';
  return { severity: 'trouble', message: `${at} cannot be reached or does not answer${tls}` };
}

/** It answered, and does not know who asks. */
function strangerFinding(at: string, error: unknown, { auth }: EtcdSettings): Finding | null {
  const fault = faultOf(error);
  if (fault.kind !== 'refused' || (fault.because !== 'credentials' && fault.because !== 'token')) return null;
  if (!auth) return { severity: 'wrong', message: `${at} wants a user and a password: give --etcd-user and --etcd-password-file` };
  if (textOf(error).includes('authentication is not enabled')) {
    return { severity: 'wrong', message: `${at} knows no users: leave out --etcd-user, or enable its authentication` };
  }
  return { severity: 'wrong', message: `${at} does not accept user ${auth.username} with this password` };
}

function textOf(error: unknown): string {
  return messageOf(error);
}
