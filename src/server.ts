import { systemClock } from './base/clock';
import type { Clock } from './base/clock';
import { systemIdentity } from './base/identity';
import type { Identity } from './base/identity';
import type { Logger } from './base/logger';
import { readVersion } from './base/version';
import type { VersionRecord } from './base/version';
import type { ControlPlaneClient } from './client/client';
import { createInProcessClient } from './client/in-process';
import { createControllers, runControllers } from './controllers/runtime/manager';
import { isStoreError } from './errors/store-error';
import type { Kubelet, KubeletOptions } from './kubelet/kubelet';
import { createKubelet } from './kubelet/kubelet';
import { readMachine } from './kubelet/machine-readings';
import { defaultNodeName } from './kubelet/main';
import { openRuntime } from './kubelet/runtime/open';
import type { ContainerRuntime } from './kubelet/runtime/runtime';
import { RuntimeError } from './kubelet/runtime/runtime';
import { createRegistries } from './registry';
import type { CreateRegistriesOptions, Registries } from './registry';
import { LogRequests } from './registry/pod/log-requests';
import { RemoteLogs } from './registry/pod/remote-logs';
import { Post } from './registry/post';
import { runCompactor } from './registry/store/compactor';
import type { OpenStoreOptions } from './registry/store/open';
import { openStore } from './registry/store/open';
import type { Store } from './registry/store/store';
import type { Caller } from './resolvers/authorisation';
import { createSchema } from './resolvers/schema';
import { Access, localAdmin, nodeCaller } from './server/access';
import type { ApiServer } from './server/api-server';
import { startApiServer } from './server/api-server';
import { Executor } from './server/executor';
import { inProcessExecutor } from './server/in-process-executor';
import { createLogger } from './server/logger';
import { ServerMetrics } from './server/metrics';
import type { CompiledServerSettings, ServerSettings } from './server/options';
import { compileSettings } from './server/options';
import { createPipeline } from './server/pipeline';
import { StartError } from './server/start-error';
import { readTokenFile } from './server/tokens';

export interface ServerOptions extends ServerSettings {
  /** The cluster's time: leases, back-off, stamps. A test's clock makes the whole cluster stand still. */
  readonly clock?: Clock;
  /** For sockets, deadlines of requests and the like, which belong to the world outside. Always real unless given. */
  readonly ioClock?: Clock;
  readonly identity?: Identity;
  readonly logger?: Logger;
  /** Instead of what `store` names; stays the caller's to close. */
  readonly openedStore?: Store;
  /** Instead of what `runtime` names; the kubelet opens and closes it. */
  readonly containerRuntime?: ContainerRuntime;
  readonly kubelet?: Pick<KubeletOptions, 'address' | 'capacity' | 'readMachine' | 'labels' | 'leaseDurationSeconds' | 'relistSeconds'>;
  readonly version?: VersionRecord;
  readonly leadershipTiming?: CreateRegistriesOptions['leadershipTiming'];
  /** Gives up starting. */
  readonly signal?: AbortSignal;
}

export interface RunningServer {
  /** http://HOST:PORT; the API is at /graphql. */
  readonly url: string;
  readonly port: number;
  readonly settings: CompiledServerSettings;
  readonly access: 'local' | 'tokens';
  readonly version: VersionRecord;
  readonly registries: Registries;
  /** Null with runtime "none". */
  readonly kubelet: Kubelet | null;
  /** "process", "docker"; null without a kubelet. */
  readonly runtimeName: string | null;
  /** A client in this process; ADMIN unless another caller is given. The caller closes it. */
  client(caller?: Caller): ControlPlaneClient;
  /** Resolves when the server has ended: null after `close`, else the error of the part that could not go on. */
  readonly ended: Promise<unknown>;
  /** Drains and ends. Pods run on. Idempotent; later calls wait for the first. */
  close(reason: string): Promise<void>;
}

/**
 * The composition root: builds, wires and starts a server, and resolves when it is ready for requests. Throws StartError
 * for what a person can put right; nothing stays open then. Installs no signal handlers.
 */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const settings = compileSettings(options, { nodeName: defaultNodeName() });
  const { clock = systemClock, ioClock = systemClock, identity = systemIdentity, version = readVersion() } = options;
  const logger = options.logger ?? createLogger({ level: 'info', format: 'auto', terminal: process.stderr.isTTY === true });
  logger.info('podql server', { version: version.version, commit: version.gitCommit, tree: version.gitTreeState, built: version.buildDate });
  const closers: (() => Promise<void>)[] = [];
  const unwind = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const tokens = settings.tokenFile === null ? null : readTokenFile(settings.tokenFile, logger);
    const access = new Access(tokens);
    const store = options.openedStore ?? (await openSettingsStore(settings, { clock, ioClock, logger }));
    if (!options.openedStore) closers.push(() => store.close());
    const runtime = options.containerRuntime ?? (await openSettingsRuntime(settings, { clock, identity, logger }));
    if (runtime) closers.push(() => runtime.close());

    const instanceName = `${settings.nodeName}/${identity.uid().slice(0, 8)}`;
    const registries = createRegistries({ store, clock, ioClock, identity, logger, windowEvents: settings.history, instanceName, leadershipTiming: options.leadershipTiming });
    closers.push(() => registries.close());
    const metrics = new ServerMetrics(version, { processMetrics: settings.processMetrics });
    const remoteLogs = store.capabilities.shared ? createRemoteLogs({ store, registries, ioClock, identity, logger }) : null;
    const logRequests = new LogRequests({ clock: ioClock, identity, elsewhere: remoteLogs ? (...question) => remoteLogs.ask(...question) : undefined });
    const executor = createExecutor({ registries, logRequests, clock, ioClock, identity, logger, version, metrics, settings });
    closers.push(() => Promise.resolve(executor.close()));
    const api = await startApiServer({
      executor,
      access,
      clock: ioClock,
      identity,
      logger,
      metrics,
      limits: settings.limits,
      listen: settings.listen,
      allowOrigins: settings.allowOrigins,
      checks: [
        { name: 'caches', problem: () => registries.notReadyBecause() },
        { name: 'writes', problem: () => registries.readOnlyBecause() },
      ],
    });
    closers.push(() => api.close());
    if (registries.notReadyBecause() !== null) logger.info('waiting for the store', { store: settings.dataPlace });
    await registries.ready(options.signal ?? new AbortController().signal);
    options.signal?.throwIfAborted();
    api.open();

    const clientFor = (caller: Caller): ControlPlaneClient =>
      createInProcessClient(inProcessExecutor(executor, caller, identity), { clock: ioClock, identity });
    const kubelet = runtime
      ? { client: clientFor(nodeCaller(settings.nodeName)), runtime, nodeName: settings.nodeName, version: version.version, ...settings.node, ...(options.containerRuntime ? {} : { readMachine }), ...options.kubelet }
      : null;
    const loops = startLoops({ settings, store, registries, kubelet, serveLogs: (signal) => remoteLogs?.serve(logRequests, signal), clock, identity, logger });
    logger.info('ready', { url: api.url, store: store.capabilities.name, node: kubelet?.nodeName ?? null });

    return runningServer({ settings, version, registries, api, access: access.mode, loops, runtimeName: runtime?.capabilities.name ?? null, logger, unwind, client: (caller = localAdmin) => clientFor(caller) });
  } catch (error) {
    await unwind();
    throw error;
  }
}

interface Parts {
  readonly settings: CompiledServerSettings;
  readonly registries: Registries;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
}

function createExecutor(
  parts: Parts & { readonly logRequests: LogRequests; readonly ioClock: Clock; readonly version: VersionRecord; readonly metrics: ServerMetrics },
): Executor {
  const { registries, logRequests, clock, ioClock, logger, version, metrics, settings } = parts;
  const hooks = { onPodListerBatch: () => metrics.podListerBatch() };
  const services = { registries, logRequests, clock, version, hooks };
  const pipeline = createPipeline({ schema: createSchema(), services, logger });
  return new Executor({ pipeline, clock: ioClock, logger, metrics, requestMilliseconds: settings.limits.requestMilliseconds });
}

function createRemoteLogs({ store, registries, ioClock, identity, logger }: Pick<Parts, 'registries' | 'identity' | 'logger'> & { store: Store; ioClock: Clock }): RemoteLogs {
  const post = new Post({ store, clock: ioClock, identity, logger });
  return new RemoteLogs({ post, lastHeartbeat: (nodeName) => registries.clusterNodes.lastHeartbeat(nodeName) });
}

interface Loops {
  readonly kubelet: Kubelet | null;
  /** Resolves when all have ended; with the error of the first that could not go on. */
  readonly ended: Promise<unknown>;
  /** The kubelet first: its last reports still find the API. */
  stop(): Promise<void>;
}

function startLoops(
  parts: Parts & {
    readonly store: Store;
    readonly kubelet: Omit<KubeletOptions, 'clock' | 'identity' | 'logger'> | null;
    /** For servers that share the store; ends with the signal. */
    readonly serveLogs: (signal: AbortSignal) => Promise<void> | undefined;
  },
): Loops {
  const { settings, store, registries, clock, identity, logger } = parts;
  const stopping = new AbortController();
  const kubeletStopping = new AbortController();
  const kubelet = parts.kubelet ? createKubelet({ ...parts.kubelet, clock, identity, logger }) : null;
  let failure: unknown = null;
  const guard = (name: string, loop: Promise<void>): Promise<void> =>
    loop.catch((error: unknown) => {
      logger.error(`${name} cannot go on`, { error });
      failure ??= error;
      stopping.abort();
      kubeletStopping.abort();
    });
  // Each term begins anew: what the loops remembered of an earlier one is not true any more.
  const lead = async (signal: AbortSignal): Promise<void> => {
    const controllers = createControllers({ registries, clock, identity, logger, eviction: settings.eviction });
    const compaction = runCompactor({ store, clock, logger, signal, keepRevisions: settings.history });
    await Promise.all([runControllers(controllers, signal), compaction]);
  };
  const control = guard('the control plane', registries.leadership.run(stopping.signal, lead));
  const post = guard('the post between servers', Promise.resolve(parts.serveLogs(stopping.signal)));
  const node = kubelet ? guard('the kubelet', kubelet.run(kubeletStopping.signal)) : Promise.resolve();
  return {
    kubelet,
    ended: Promise.all([control, post, node]).then(() => failure),
    async stop() {
      kubeletStopping.abort();
      await node;
      await parts.kubelet?.client.close();
      stopping.abort();
      await Promise.all([control, post]);
    },
  };
}

function runningServer(parts: {
  readonly settings: CompiledServerSettings;
  readonly version: VersionRecord;
  readonly registries: Registries;
  readonly api: ApiServer;
  readonly access: 'local' | 'tokens';
  readonly loops: Loops;
  readonly runtimeName: string | null;
  readonly logger: Logger;
  readonly unwind: () => Promise<void>;
  readonly client: (caller?: Caller) => ControlPlaneClient;
}): RunningServer {
  const { settings, version, registries, api, access, loops, runtimeName, logger, unwind, client } = parts;
  let closing: Promise<void> | undefined;
  const drain = async (reason: string): Promise<void> => {
    logger.info('stopping: no new requests; subscribers are told to come back', { reason });
    await api.drain();
    logger.info('stopping: kubelet and controllers; pods run on');
    await loops.stop();
    await unwind();
    logger.info('stopped');
  };
  const close = (reason: string): Promise<void> => (closing ??= drain(reason));
  return {
    url: api.url,
    port: api.port,
    settings,
    runtimeName,
    access,
    version,
    registries,
    kubelet: loops.kubelet,
    client,
    ended: loops.ended.then((failure) => close('a part of the server cannot go on').then(() => failure)).catch((error: unknown) => error),
    close,
  };
}

async function openSettingsStore(settings: CompiledServerSettings, parts: Pick<OpenStoreOptions, 'clock' | 'ioClock' | 'logger'>): Promise<Store> {
  try {
    return await openStore(settings.store, { ...parts, etcd: settings.etcd ?? undefined });
  } catch (error) {
    if (!isStoreError(error)) throw error;
    if (error.code === 'IN_USE') {
      const message = `The data folder ${settings.dataPlace} is in use: another podql server runs on it. Stop that one, or choose another folder with --store embedded:DIR.`;
      throw new StartError('DATA_IN_USE', message, error);
    }
    throw new StartError('STORE_FAILED', `The store ${settings.store} cannot be opened: ${error.message}.`, error);
  }
}

async function openSettingsRuntime(settings: CompiledServerSettings, parts: Pick<Parts, 'clock' | 'identity' | 'logger'>): Promise<ContainerRuntime | null> {
  const { runtime, runtimeFolder, processImages, nodeName, docker } = settings;
  try {
    const images = processImages === 'ignore' ? 'ignore' : 'host';
    return await openRuntime(runtime, { ...parts, directory: runtimeFolder, images, nodeName, docker });
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    throw new StartError('RUNTIME_UNAVAILABLE', `The runtime ${runtime} cannot work here: ${error.message}.`, error);
  }
}
