import { request, type IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';

export interface EngineReply {
  readonly status: number;
  readonly body: Buffer;
}

export interface EngineRequest {
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: Buffer | Readable | object;
  /** In milliseconds; default 30 000. */
  readonly timeout?: number;
}

export class EngineError extends Error {
  constructor(
    readonly status: number,
    /** The engine's own words. */
    readonly words: string,
    what: string,
  ) {
    super(`${what}: ${status} ${words}`);
  }
}

export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

export interface RunOptions {
  /** Default busybox. */
  readonly image?: string;
  readonly name?: string;
  readonly command?: readonly string[];
  /** More of the body of POST /containers/create. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly hostConfig?: Readonly<Record<string, unknown>>;
}

export interface ContainerState {
  readonly Status: string;
  readonly Running: boolean;
  readonly ExitCode: number;
  readonly OOMKilled: boolean;
  readonly Pid: number;
  readonly Error: string;
}

export interface ContainerDetails {
  readonly Id: string;
  readonly Image: string;
  readonly LogPath: string;
  readonly State: ContainerState;
  readonly NetworkSettings: {
    readonly IPAddress: string;
    readonly Ports: Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>>;
  };
}

/**
 * What tests ask and change in an engine beside the client under test, without sharing its faults. A connection for each
 * call, and a bound on each.
 */
export class EngineApi {
  constructor(readonly socketPath: string) {}

  /** Whatever the status. Rejects when there is no whole answer. */
  async send(method: string, path: string, options: EngineRequest = {}): Promise<EngineReply> {
    const { body } = options;
    const isStream = body !== undefined && 'pipe' in body;
    const raw = body === undefined || isStream || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const isTar = raw === body && body !== undefined;
    // A refusal comes before a tar is sent: an engine that does not read it breaks the connection, and its answer would be lost.
    const headers = { 'Content-Type': raw === body ? 'application/x-tar' : 'application/json', ...(isTar ? { Expect: '100-continue' } : {}), ...options.headers };
    const signal = AbortSignal.timeout(options.timeout ?? 30_000);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request({ socketPath: this.socketPath, method, path, headers, agent: false, signal }, resolve);
      outgoing.once('error', reject);
      const begin = (): void => void (isStream ? body.pipe(outgoing) : outgoing.end(raw));
      if (!isTar) return begin();
      outgoing.once('continue', begin);
      outgoing.flushHeaders();
    });
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return { status: response.statusCode ?? 0, body: Buffer.concat(chunks) };
  }

  /** Parsed, if it is JSON. Rejects with an EngineError unless the status says success. */
  async call<Answer = unknown>(method: string, path: string, options: EngineRequest = {}): Promise<Answer> {
    const { status, body } = await this.send(method, path, options);
    const text = body.toString();
    if (status >= 400) throw new EngineError(status, messageIn(text), `${method} ${path}`);
    // The one cast: an answer is what the engine's documentation says.
    return (text.trim() === '' ? undefined : JSON.parse(text)) as Answer;
  }

  async ping(milliseconds = 1_000): Promise<boolean> {
    return this.send('GET', '/_ping', { timeout: milliseconds }).then(({ status }) => status === 200, () => false);
  }

  async create(options: RunOptions = {}): Promise<string> {
    const { image = 'busybox', name, command, config, hostConfig } = options;
    const path = `/containers/create${name === undefined ? '' : `?name=${name}`}`;
    const { Id } = await this.call<{ Id: string }>('POST', path, { body: { Image: image, Cmd: command, ...config, HostConfig: hostConfig } });
    return Id;
  }

  /** Creates a container and starts it. Its id. */
  async run(options: RunOptions = {}): Promise<string> {
    const id = await this.create(options);
    await this.call('POST', `/containers/${id}/start`);
    return id;
  }

  /** The exit code. */
  async wait(id: string): Promise<number> {
    return (await this.call<{ StatusCode: number }>('POST', `/containers/${id}/wait`)).StatusCode;
  }

  inspect(id: string): Promise<ContainerDetails> {
    return this.call('GET', `/containers/${id}/json`);
  }

  /** Names without their slash, of all or of those that run. */
  async containers({ all = true } = {}): Promise<string[]> {
    const list = await this.call<{ Names: string[] }[]>('GET', `/containers/json?all=${all}`);
    return list.map(({ Names }) => (Names[0] ?? '').slice(1)).sort();
  }

  /** All tags of all images. */
  async images(): Promise<string[]> {
    const list = await this.call<{ RepoTags: string[] | null }[]>('GET', '/images/json');
    return list.flatMap(({ RepoTags }) => RepoTags ?? []).sort();
  }

  /** Rejects with an EngineError, also for an error that comes within an answer that began well (status 200). */
  async pull(image: string, credentials?: RegistryCredentials): Promise<void> {
    const { repository, tag } = split(image);
    const path = `/images/create?fromImage=${encodeURIComponent(repository)}&tag=${encodeURIComponent(tag)}`;
    await this.stream(path, { headers: credentials ? { 'X-Registry-Auth': base64url(JSON.stringify(credentials)) } : {} });
  }

  /** Makes an image of a tar of a root file system, whose command is `sh`. */
  async importImage(tar: Buffer, image: string): Promise<void> {
    const { repository, tag } = split(image);
    const changes = encodeURIComponent('CMD ["sh"]');
    await this.stream(`/images/create?fromSrc=-&repo=${encodeURIComponent(repository)}&tag=${encodeURIComponent(tag)}&changes=${changes}`, { body: tar });
  }

  async tag(image: string, as: string): Promise<void> {
    const { repository, tag } = split(as);
    await this.call('POST', `/images/${image}/tag?repo=${encodeURIComponent(repository)}&tag=${encodeURIComponent(tag)}`);
  }

  private async stream(path: string, options: EngineRequest): Promise<void> {
    const { status, body } = await this.send('POST', path, options);
    const text = body.toString();
    if (status >= 400) throw new EngineError(status, messageIn(text), `POST ${path}`);
    const failed = text.split('\n').find((line) => line.includes('"errorDetail"'));
    if (failed) throw new EngineError(status, (JSON.parse(failed) as { error: string }).error, `POST ${path}`);
  }
}

/** `127.0.0.1:5000/app` has no tag, `app@sha256:…` has a digest for one. */
function split(image: string): { repository: string; tag: string } {
  const [, repository = image, tag = 'latest'] = /^([^@]+)@(.+)$/.exec(image) ?? /^(.+):([^/]+)$/.exec(image) ?? [];
  return { repository, tag };
}

/** With the padding that Node.js leaves out: without it an engine goes on as if there were no credentials. */
function base64url(text: string): string {
  return Buffer.from(text).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

function messageIn(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}
