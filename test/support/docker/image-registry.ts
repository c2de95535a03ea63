import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { RegistryCredentials } from './engine-api';
import { busyboxImage } from './image';

/**
 * What it does when it is asked for a name: answers, answers with this status, or never answers. `spoil`: the image of that
 * name is another, and of its layer other bytes are sent than were promised.
 */
export type RegistryBehaviour = 'serve' | 'spoil' | 'hang' | number;

interface Blob {
  readonly digest: string;
  readonly data: Buffer;
}

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json';

/**
 * A registry on loopback, which engines trust without TLS, read-only: it has the busybox image under every name and tag.
 * Real enough that pulls are real.
 */
export class ImageRegistry {
  /** Of each request for an image, in order: "GET team/app manifests 1.0". */
  readonly requests: string[] = [];
  private readonly behaviours = new Map<string, RegistryBehaviour>();
  private readonly image = imageOf(busyboxImage());
  private readonly spoiled = imageOf(busyboxImage(), (layer) => ({ ...layer, digest: blobOf(Buffer.from(layer.digest)).digest }));

  private constructor(
    private readonly server: Server,
    private readonly credentials: RegistryCredentials | undefined,
  ) {
    server.on('request', (request, response) => this.answer(request, response));
  }

  /** With credentials it serves those only who show them. */
  static async start({ credentials }: { readonly credentials?: RegistryCredentials } = {}): Promise<ImageRegistry> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return new ImageRegistry(server, credentials);
  }

  /** 127.0.0.1:PORT */
  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  /** Of every image it serves, as in NAME@DIGEST. */
  get digest(): string {
    return this.image.manifest.digest;
  }

  /** The name by which an engine pulls it: 127.0.0.1:PORT/team/app:1.0 */
  ref(name: string): string {
    return `${this.host}/${name}`;
  }

  /** From now on, for `team/app`, whatever the tag. */
  behave(name: string, behaviour: RegistryBehaviour): void {
    this.behaviours.set(name, behaviour);
  }

  /** Cuts every connection. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private answer({ method = '', url = '', headers }: IncomingMessage, response: ServerResponse): void {
    response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
    const refuse = (status: number, code: string): unknown => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] }));
    if (!this.isKnown(headers.authorization)) {
      response.setHeader('WWW-Authenticate', 'Basic realm="podql"');
      return void refuse(401, 'UNAUTHORIZED');
    }
    if (url === '/v2/') return void response.end('{}');
    const [, name = '', kind, reference = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(decodeURIComponent(url)) ?? [];
    this.requests.push(`${method} ${name} ${kind} ${reference}`);
    const behaviour = this.behaviours.get(name) ?? 'serve';
    if (behaviour === 'hang') return;
    if (typeof behaviour === 'number') return void refuse(behaviour, behaviour === 404 ? 'MANIFEST_UNKNOWN' : 'UNKNOWN');
    const image = behaviour === 'spoil' ? this.spoiled : this.image;
    const found = kind === 'manifests' ? manifestOf(image, reference) : image.blobs.find(({ digest }) => digest === reference);
    if (!found || !['GET', 'HEAD'].includes(method)) return void refuse(found ? 405 : 404, found ? 'UNSUPPORTED' : 'MANIFEST_UNKNOWN');
    response.writeHead(200, {
      'Content-Type': kind === 'manifests' ? manifestType : 'application/octet-stream',
      'Content-Length': found.data.length,
      'Docker-Content-Digest': found.digest,
    });
    response.end(method === 'HEAD' ? undefined : found.data);
  }

  private isKnown(authorization: string | undefined): boolean {
    if (!this.credentials) return true;
    const { username, password } = this.credentials;
    return authorization === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }
}

interface ServedImage {
  readonly manifest: Blob;
  readonly blobs: readonly Blob[];
}

function manifestOf({ manifest }: ServedImage, reference: string): Blob | undefined {
  return reference.startsWith('sha256:') && reference !== manifest.digest ? undefined : manifest;
}

/** Of one layer, with the command `sh`. */
function imageOf(root: Buffer, asSent = (layer: Blob): Blob => layer): ServedImage {
  const layer = asSent(blobOf(gzipSync(root, { level: 1 })));
  const config = blobOf({
    // As Node.js calls it, and as Docker does.
    architecture: ({ x64: 'amd64', arm64: 'arm64' } as Record<string, string>)[process.arch] ?? process.arch,
    os: 'linux',
    config: { Cmd: ['sh'], Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
    rootfs: { type: 'layers', diff_ids: [blobOf(root).digest] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: `podql, of layer ${layer.digest}` }],
  });
  const manifest = blobOf({
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: 'application/vnd.docker.container.image.v1+json', size: config.data.length, digest: config.digest },
    layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', size: layer.data.length, digest: layer.digest }],
  });
  return { manifest, blobs: [config, layer] };
}

function blobOf(content: Buffer | object): Blob {
  const data = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
  return { digest: `sha256:${createHash('sha256').update(data).digest('hex')}`, data };
}
