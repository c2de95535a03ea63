import { readFileSync } from 'node:fs';
import { RuntimeError } from '../runtime';

/** What the engine hands on to a registry. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
}

export interface RegistryCredentials {
  /** Null: none for this image's registry. */
  of(image: string): RegistryLogin | null;
}

export const noCredentials: RegistryCredentials = { of: () => null };

/**
 * Reads a file as `docker login` writes it: { "auths": { "registry.example:5000": { "auth": "BASE64 of user:password" } } },
 * or with "username" and "password" in place of "auth". Throws RuntimeError INVALID, which says what is wrong and repeats no secret.
 */
export function readCredentials(path: string): RegistryCredentials {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new RuntimeError('INVALID', `the file of registry credentials ${path} cannot be read`, error);
  }
  return parseCredentials(text, path);
}

export function parseCredentials(text: string, path: string): RegistryCredentials {
  const auths = authsOf(text);
  if (!auths) throw new RuntimeError('INVALID', `${path} has no registry credentials: write { "auths": { "HOST:PORT": { "username": "…", "password": "…" } } }, or take ~/.docker/config.json of a machine where docker login was used`);
  const logins = new Map<string, RegistryLogin>();
  for (const [registry, entry] of Object.entries(auths)) {
    const login = loginOf(registry, entry);
    if (!login) throw new RuntimeError('INVALID', `${path}: the entry of ${registry} has neither "auth" nor "username" and "password"`);
    logins.set(hostOf(registry), login);
  }
  return { of: (image) => logins.get(registryOf(image)) ?? null };
}

const hub = 'docker.io';

/** The part before the first slash, if it can be a host; else the engine asks its default registry. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const isHost = rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost');
  return isHost ? first : hub;
}

/** Docker's own file names its default registry https://index.docker.io/v1/. */
function hostOf(registry: string): string {
  const host = registry.replace(/^https?:\/\//, '').split('/')[0] ?? registry;
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? hub : host;
}

function authsOf(text: string): object | null {
  try {
    const file: unknown = JSON.parse(text);
    return typeof file === 'object' && file !== null && 'auths' in file && typeof file.auths === 'object' ? file.auths : null;
  } catch {
    return null;
  }
}

function loginOf(registry: string, entry: unknown): RegistryLogin | null {
  if (typeof entry !== 'object' || entry === null) return null;
  if ('username' in entry && 'password' in entry && typeof entry.username === 'string' && typeof entry.password === 'string') {
    return { username: entry.username, password: entry.password, serveraddress: registry };
  }
  if (!('auth' in entry) || typeof entry.auth !== 'string') return null;
  const decoded = Buffer.from(entry.auth, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 1 ? null : { username: decoded.slice(0, colon), password: decoded.slice(colon + 1), serveraddress: registry };
}
