import { readFileSync } from 'node:fs';
import { messageOf } from '../base/error-message';
import { StartError } from './start-error';

/** For etcd://…: files with PEM certificates, and who logs in. */
export interface EtcdSettings {
  readonly etcdCa?: string;
  readonly etcdCert?: string;
  readonly etcdKey?: string;
  readonly etcdUser?: string;
  readonly etcdPasswordFile?: string;
  /** What etcd was given as --quota-backend-bytes, for the warning before it is full. Default 2 GiB, as etcd's. */
  readonly etcdQuotaBytes?: number;
}

/** What the etcd store needs beyond its address (registry/store/etcd/settings.ts). */
export interface EtcdOptions {
  readonly tls: { readonly ca: Buffer; readonly cert: Buffer | null; readonly key: Buffer | null } | null;
  readonly auth: { readonly username: string; readonly password: string } | null;
  readonly quotaBytes: number;
}

const defaultQuotaBytes = 2 * 2 ** 30;

/** Reads the files. StartError INVALID_OPTION names the option that does not fit. */
export function compileEtcd(settings: EtcdSettings): EtcdOptions {
  const { etcdCa, etcdCert, etcdKey, etcdUser, etcdPasswordFile, etcdQuotaBytes = defaultQuotaBytes } = settings;
  if ((etcdCert === undefined) !== (etcdKey === undefined)) throw invalid('--etcd-cert and --etcd-key belong together: give both or none.');
  if (etcdCert !== undefined && etcdCa === undefined) throw invalid('--etcd-cert needs --etcd-ca: the CA that signed the certificates of etcd.');
  if ((etcdUser === undefined) !== (etcdPasswordFile === undefined)) throw invalid('--etcd-user and --etcd-password-file belong together: give both or none.');
  if (!Number.isSafeInteger(etcdQuotaBytes) || etcdQuotaBytes < 1) throw invalid(`--etcd-quota-bytes ${etcdQuotaBytes} is not a number of bytes.`);
  return {
    tls:
      etcdCa === undefined
        ? null
        : { ca: pem('--etcd-ca', etcdCa), cert: etcdCert === undefined ? null : pem('--etcd-cert', etcdCert), key: etcdKey === undefined ? null : pem('--etcd-key', etcdKey) },
    auth: etcdUser === undefined || etcdPasswordFile === undefined ? null : { username: etcdUser, password: passwordIn(etcdPasswordFile) },
    quotaBytes: etcdQuotaBytes,
  };
}

function pem(option: string, path: string): Buffer {
  const bytes = read(option, path);
  if (bytes.includes('-----BEGIN ')) return bytes;
  throw invalid(`${option} ${path} is not a PEM file: it has no line "-----BEGIN …".`);
}

function passwordIn(path: string): string {
  const password = read('--etcd-password-file', path).toString('utf8').replace(/\r?\n$/, '');
  if (password === '') throw invalid(`--etcd-password-file ${path} is empty.`);
  return password;
}

function read(option: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw invalid(`${option} ${path} cannot be read: ${messageOf(error)}.`);
  }
}

function invalid(message: string): StartError {
  return new StartError('INVALID_OPTION', message);
}
