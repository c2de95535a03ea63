import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Paths of PEM files. */
export interface TlsPair {
  readonly certificate: string;
  readonly key: string;
}

/** An authority made for one test: what it signed is worth nothing after a day, and nothing anywhere else. */
export class TestAuthority {
  private constructor(
    private readonly directory: string,
    /** Path of its own certificate. */
    readonly certificate: string,
    private readonly key: string,
  ) {}

  /** Throws where noOpenssl() says why. */
  static create(name = 'podql test authority'): TestAuthority {
    const directory = mkdtempSync(join(tmpdir(), 'podql-tls-'));
    const [certificate, key] = [join(directory, 'authority.pem'), join(directory, 'authority.key')];
    openssl(directory, ['req', '-x509', ...newKey(key), '-subj', `/CN=${name}`, '-days', '1', '-out', certificate]);
    return new TestAuthority(directory, certificate, key);
  }

  /** For a server on loopback. */
  server(name = 'localhost'): TlsPair {
    // etcd shows its server certificate also as a client, of itself: its JSON gateway goes in by its own front door.
    return this.sign(name, ['subjectAltName=DNS:localhost,IP:127.0.0.1', 'extendedKeyUsage=serverAuth,clientAuth']);
  }

  /** etcd takes the name of a client's certificate for its user name. */
  client(name = 'podql'): TlsPair {
    return this.sign(name, ['extendedKeyUsage=clientAuth']);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private sign(name: string, extensions: readonly string[]): TlsPair {
    const folder = mkdtempSync(join(this.directory, 'pair-'));
    const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
    const [request, extra] = [join(folder, 'request.pem'), join(folder, 'extensions')];
    writeFileSync(extra, ['basicConstraints=critical,CA:FALSE', ...extensions].join('\n'));
    openssl(folder, ['req', '-new', ...newKey(key), '-subj', `/CN=${name}`, '-out', request]);
    const authority = ['-CA', this.certificate, '-CAkey', this.key, '-CAcreateserial'];
    openssl(folder, ['x509', '-req', '-in', request, ...authority, '-days', '1', '-extfile', extra, '-out', certificate]);
    return { certificate, key };
  }
}

/** What Node.js's tls and etcd3 want: the files' contents. */
export function readPem(authority: TestAuthority, pair?: TlsPair): { ca: Buffer; cert?: Buffer; key?: Buffer } {
  const ca = readFileSync(authority.certificate);
  return pair ? { ca, cert: readFileSync(pair.certificate), key: readFileSync(pair.key) } : { ca };
}

/** Why no certificate can be made here; undefined if they can. */
export function noOpenssl(): string | undefined {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'no openssl on the PATH, which makes the certificates';
  }
}

const newKey = (path: string): string[] => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', path];

function openssl(cwd: string, args: readonly string[]): void {
  execFileSync('openssl', args, { cwd, stdio: 'pipe' });
}
