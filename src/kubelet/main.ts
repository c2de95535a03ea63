import { hostname } from 'node:os';
import { systemClock } from '../base/clock';
import { systemIdentity } from '../base/identity';
import type { Logger } from '../base/logger';
import { readVersion } from '../base/version';
import { createHttpClient } from '../client/http';
import type { KubeletOptions } from './kubelet';
import { createKubelet } from './kubelet';
import { readMachine } from './machine-readings';
import type { OpenRuntimeOptions, RuntimeKind } from './runtime/open';
import { openRuntime } from './runtime/open';
import { RuntimeError } from './runtime/runtime';

export interface KubeletProcessOptions extends Pick<KubeletOptions, 'address' | 'labels' | 'leaseDurationSeconds' | 'reserved' | 'diskPressurePercent' | 'deadContainers'> {
  /** The API: http://HOST:PORT or http://HOST:PORT/graphql. */
  readonly server: string;
  /** Of role NODE; not needed by a server on loopback without tokens. */
  readonly token?: string;
  /** The machine's host name in lower case unless given. */
  readonly nodeName?: string;
  readonly runtime: RuntimeKind;
  /** Where the runtime keeps what must survive this process. */
  readonly directory: string;
  readonly images: OpenRuntimeOptions['images'];
  readonly docker: OpenRuntimeOptions['docker'];
  readonly logger: Logger;
  /** Ends the kubelet; its containers run on. */
  readonly signal: AbortSignal;
}

/**
 * A kubelet as a process of its own (`podql kubelet --server URL`): resolves when the signal has aborted and nothing is
 * under way. Rejects with RuntimeError when the runtime cannot work on this machine.
 */
export async function runKubelet(options: KubeletProcessOptions): Promise<void> {
  const { server, token, logger, signal, address, labels, leaseDurationSeconds, reserved, diskPressurePercent, deadContainers } = options;
  const clock = systemClock;
  const identity = systemIdentity;
  const nodeName = options.nodeName ?? defaultNodeName();
  const { version } = readVersion();
  const runtime = await openRuntime(options.runtime, { directory: options.directory, clock, identity, logger, images: options.images, nodeName, docker: options.docker });
  if (!runtime) throw new RuntimeError('INVALID', 'a kubelet needs a runtime: use --runtime=process');
  const client = createHttpClient({ url: server, token, clock, identity, userAgent: `podql-kubelet/${version}` });
  try {
    logger.info('podql kubelet', { version, node: nodeName, server, runtime: runtime.capabilities.name });
    const machine = { address, labels, leaseDurationSeconds, reserved, diskPressurePercent, deadContainers, readMachine };
    await createKubelet({ client, runtime, nodeName, clock, identity, logger, version, ...machine }).run(signal);
  } finally {
    await client.close();
  }
}

/** Node names are DNS subdomains. */
export function defaultNodeName(): string {
  const name = hostname().toLowerCase().replace(/[^a-z0-9.-]+/g, '-').replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
  return name === '' ? 'node' : name;
}
