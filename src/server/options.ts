import { join, resolve } from 'node:path';
import { compileAllowedOrigins } from './allowed-origins';
import { parseListenAddress } from './listen-address';
import type { ListenAddress } from './listen-address';
import type { EtcdOptions, EtcdSettings } from './etcd-options';
import { compileEtcd } from './etcd-options';
import type { DockerFlags, DockerSettings } from './docker-options';
import { compileDocker } from './docker-options';
import type { NodeFlags, NodeSettings } from './node-options';
import { compileNode } from './node-options';
import { StartError } from './start-error';

export const runtimeNames = ['auto', 'process', 'docker', 'none'] as const;
export type RuntimeName = (typeof runtimeNames)[number];

/** What a person may say, on the command line or to startServer. Everything has a default. */
export interface ServerSettings extends EtcdSettings, DockerFlags, NodeFlags {
  /** HOST:PORT. Default 127.0.0.1:4000. */
  readonly listen?: string;
  /** embedded:DIR, etcd://HOST:PORT,…/PREFIX, or memory: (nothing is kept). Default embedded:./podql-data. */
  readonly store?: string;
  /** none: no kubelet in this process. auto: Docker if an engine answers, else local processes. Default auto. */
  readonly runtime?: RuntimeName;
  /** Name of this machine's node. Default: its host name. */
  readonly nodeName?: string;
  /** Where the runtime keeps what must survive this process. Default: "node" in the embedded store's folder. */
  readonly runtimeFolder?: string;
  readonly tokenFile?: string | null;
  /** Origins (https://dashboard.example) of other sites whose pages may use the API. Default: none. */
  readonly allowOrigin?: readonly string[];
  /** What local processes do with an image other than "host": refuse (they wait with a reason) or ignore it. */
  readonly processImages?: 'refuse' | 'ignore';
  /** How many revisions of history the store keeps for `since` and `at`. Default 20,000. */
  readonly history?: number;
  /** Seconds that pods which do not say otherwise stay on a node that is unreachable or not ready. Default 300. */
  readonly nodeTolerationSeconds?: number;
  /** How many such nodes a second lose their pods. Default 0.1. */
  readonly nodeEvictionRate?: number;
  readonly limits?: Partial<ServerLimits>;
  /** Adds Node.js' own figures (memory, event loop) to /metrics. Default false: once per process is enough. */
  readonly processMetrics?: boolean;
}

/** What one server grants. Times in milliseconds, sizes in bytes. */
export interface ServerLimits {
  readonly bodyBytes: number;
  readonly requestMilliseconds: number;
  readonly sockets: number;
  readonly socketsPerCaller: number;
  readonly operationsPerSocket: number;
  /** A socket whose peer takes nothing for this long is ended. */
  readonly unreadMilliseconds: number;
  /** A socket on which more than this waits to be read is ended. */
  readonly unreadBytes: number;
  /** For requests under way when the server drains. */
  readonly drainMilliseconds: number;
}

export const defaultLimits: ServerLimits = {
  bodyBytes: 1.5 * 1024 * 1024,
  requestMilliseconds: 30_000,
  sockets: 4_096,
  socketsPerCaller: 1_024,
  operationsPerSocket: 256,
  unreadMilliseconds: 30_000,
  unreadBytes: 32 * 1024 * 1024,
  drainMilliseconds: 5_000,
};

export interface CompiledServerSettings {
  readonly listen: ListenAddress;
  readonly store: string;
  readonly etcd: EtcdOptions | null;
  /** For people: a folder, an address, or a word that says that nothing is kept. */
  readonly dataPlace: string;
  readonly runtime: RuntimeName;
  readonly docker: DockerSettings;
  readonly node: NodeSettings;
  readonly nodeName: string;
  readonly runtimeFolder: string;
  readonly tokenFile: string | null;
  readonly allowOrigins: readonly string[];
  readonly processImages: 'refuse' | 'ignore';
  readonly history: number;
  readonly eviction: { readonly nodeTolerationSeconds: number; readonly nodesPerSecond: number };
  readonly limits: ServerLimits;
  readonly processMetrics: boolean;
}

const defaultStore = 'embedded:./podql-data';
const defaultHistory = 20_000;
const defaultNodeTolerationSeconds = 300;
const defaultNodeEvictionRate = 0.1;

/** Checks and completes. Throws StartError INVALID_OPTION, TOKENS_REQUIRED or RUNTIME_UNAVAILABLE. */
export function compileSettings(settings: ServerSettings, machine: { readonly nodeName: string }): CompiledServerSettings {
  const listen = parseListenAddress(settings.listen ?? '127.0.0.1:4000');
  const tokenFile = settings.tokenFile ?? null;
  if (!listen.loopback && tokenFile === null) {
    throw new StartError(
      'TOKENS_REQUIRED',
      `--listen ${settings.listen} would let other machines in, and without tokens everybody who reaches this address could do everything. ` +
        'Give --token-file FILE (docs/access.md shows one), or listen on 127.0.0.1.',
    );
  }
  const store = compileStore(settings.store ?? defaultStore, settings);
  return {
    listen,
    ...store,
    runtime: compileRuntime(settings.runtime ?? 'auto'),
    docker: compileDocker(settings),
    node: compileNode(settings),
    nodeName: settings.nodeName === undefined ? machine.nodeName : compileNodeName(settings.nodeName),
    runtimeFolder: resolve(settings.runtimeFolder ?? store.runtimeFolder),
    tokenFile,
    allowOrigins: compileAllowedOrigins(settings.allowOrigin ?? []),
    processImages: settings.processImages ?? 'refuse',
    history: compileHistory(settings.history ?? defaultHistory),
    eviction: compileEviction(settings),
    limits: { ...defaultLimits, ...settings.limits },
    processMetrics: settings.processMetrics ?? false,
  };
}

export type CompiledStore = Pick<CompiledServerSettings, 'store' | 'etcd' | 'dataPlace' | 'runtimeFolder'>;

/** `named`: the option that names it. */
export function compileStore(url: string, settings: EtcdSettings, named = '--store'): CompiledStore {
  const [, scheme, rest = ''] = /^([a-z]+):(.*)$/.exec(url) ?? [];
  if (scheme === 'memory') {
    return { store: 'memory:', etcd: null, dataPlace: 'in memory: gone when the server ends', runtimeFolder: join('.', 'podql-data', 'node') };
  }
  if (scheme === 'etcd') {
    // Said here, where the address is not repeated: it would put the password into the log.
    if (rest.includes('@')) {
      throw new StartError('INVALID_OPTION', '--store etcd://…: user and password do not belong into the address. Give --etcd-user NAME and --etcd-password-file FILE.');
    }
    return { store: url, etcd: compileEtcd(settings), dataPlace: `etcd at ${rest.replace(/^\/\//, '')}`, runtimeFolder: join('.', 'podql-data', 'node') };
  }
  if (scheme !== 'embedded' || rest === '') {
    throw new StartError('INVALID_OPTION', `${named} ${JSON.stringify(url)} is not a store. Write embedded:DIR, for example ${defaultStore}, or etcd://HOST:PORT/PREFIX.`);
  }
  const folder = resolve(rest.replace(/^\/\/(?=\/)/, ''));
  return { store: `embedded:${folder}`, etcd: null, dataPlace: folder, runtimeFolder: join(folder, 'node') };
}

function compileRuntime(name: RuntimeName): RuntimeName {
  if (runtimeNames.includes(name)) return name;
  throw new StartError('INVALID_OPTION', `--runtime ${String(name)} is not a runtime. One of: ${runtimeNames.join(', ')}.`);
}

const nameRule = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

function compileNodeName(name: string): string {
  if (nameRule.test(name)) return name;
  throw new StartError(
    'INVALID_OPTION',
    `The node name ${JSON.stringify(name)} is not allowed: lower-case letters, digits, "-" and ".", at most 253 characters. Give another with --node-name NAME.`,
  );
}

function compileHistory(revisions: number): number {
  if (Number.isSafeInteger(revisions) && revisions >= 100) return revisions;
  throw new StartError('INVALID_OPTION', `--history ${revisions} is not a number of revisions: a whole number, 100 or more.`);
}

function compileEviction({ nodeTolerationSeconds = defaultNodeTolerationSeconds, nodeEvictionRate = defaultNodeEvictionRate }: ServerSettings): CompiledServerSettings['eviction'] {
  if (!(Number.isSafeInteger(nodeTolerationSeconds) && nodeTolerationSeconds >= 0)) {
    throw new StartError('INVALID_OPTION', `--node-toleration-seconds ${nodeTolerationSeconds} is not a number of seconds: a whole number, 0 or more.`);
  }
  if (!(Number.isFinite(nodeEvictionRate) && nodeEvictionRate > 0)) {
    throw new StartError('INVALID_OPTION', `--node-eviction-rate ${nodeEvictionRate} is not a number of nodes per second: more than 0, for example 0.1.`);
  }
  return { nodeTolerationSeconds, nodesPerSecond: nodeEvictionRate };
}
