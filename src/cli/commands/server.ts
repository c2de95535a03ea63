import { Command } from 'commander';
import { startServer } from '../../server';
import type { RunningServer } from '../../server';
import { banner } from '../../server/banner';
import type { DockerFlags } from '../../server/docker-options';
import type { EtcdSettings } from '../../server/etcd-options';
import type { NodeFlags } from '../../server/node-options';
import type { LogFormat, LogLevel } from '../../server/logger';
import { createLogger } from '../../server/logger';
import type { RuntimeName } from '../../server/options';
import { allowOriginOption, dockerHostOption, etcdOptions, logFormatOption, logLevelOption, nodeNameOption, nodeOptions, option, positiveNumber, preparedSandboxesOption, processImagesOption, registryCredentialsOption, runtimeOption, wholeNumber } from '../options';
import { CommandFailure } from '../run-program';
import { listenForStop } from '../signals';

interface ServerFlags extends EtcdSettings, DockerFlags, NodeFlags {
  readonly listen?: string;
  readonly store?: string;
  readonly runtime: RuntimeName;
  readonly nodeName?: string;
  readonly runtimeFolder?: string;
  readonly tokenFile?: string;
  readonly allowOrigin?: readonly string[];
  readonly processImages: 'refuse' | 'ignore';
  readonly history?: number;
  readonly nodeTolerationSeconds?: number;
  readonly nodeEvictionRate?: number;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export function serverCommand(): Command {
  const command = new Command('server')
    .description('Starts the control plane: API, store, controllers, and a kubelet for this machine.')
    .addOption(option('--listen <address>', 'HOST:PORT (default: 127.0.0.1:4000)'))
    .addOption(option('--store <url>', 'where the data lie: embedded:DIR, etcd://HOST:PORT,…/PREFIX for several servers, or memory: to keep nothing (default: embedded:./podql-data)'));
  for (const made of etcdOptions()) command.addOption(made);
  command.addOption(runtimeOption()).addOption(nodeNameOption());
  for (const made of nodeOptions()) command.addOption(made);
  return command
    .addOption(option('--runtime-folder <dir>', 'what must survive this process: records of local processes, volumes of pods (default: "node" in the folder of the store)'))
    .addOption(option('--token-file <file>', 'who may do what: a YAML or JSON list of { name, token, roles }'))
    .addOption(allowOriginOption())
    .addOption(processImagesOption())
    .addOption(dockerHostOption())
    .addOption(preparedSandboxesOption())
    .addOption(registryCredentialsOption())
    .addOption(option('--history <revisions>', 'how many changes stay readable for subscriptions that resume (default: 20000)').argParser(wholeNumber))
    .addOption(option('--node-toleration-seconds <seconds>', 'how long pods that do not say otherwise stay on a node that is unreachable or not ready (default: 300)').argParser(wholeNumber))
    .addOption(option('--node-eviction-rate <nodes>', 'how many such nodes a second lose their pods (default: 0.1)').argParser(positiveNumber))
    .addOption(logLevelOption())
    .addOption(logFormatOption())
    .addHelpText('after', '\nEach option may also stand in the environment: --listen as PODQL_LISTEN, and so on.')
    .action(async (flags: ServerFlags) => runServer(flags));
}

async function runServer(flags: ServerFlags): Promise<void> {
  const { logLevel, logFormat, ...settings } = flags;
  const logger = createLogger({ level: logLevel, format: logFormat, terminal: process.stderr.isTTY === true });
  const stop = listenForStop();
  try {
    const server = await startServer({ ...settings, logger, processMetrics: true, signal: stop.signal });
    print(server);
    const reason = await Promise.race([stop.first, server.ended]);
    if (typeof reason !== 'string') {
      throw new CommandFailure('A part of the server could not go on, so it has stopped; the log says which. Pods run on.', 'INTERNAL');
    }
    say('stopping: requests under way end, subscribers are told to come back, pods run on (again Ctrl-C: stop at once)');
    await server.close(reason);
    say('stopped');
  } catch (error) {
    if (!stop.signal.aborted || error instanceof CommandFailure) throw error;
    logger.debug('stopped before it was ready', { error });
    say('stopped before it was ready');
  } finally {
    stop.release();
  }
}

function print(server: RunningServer): void {
  const { settings, version, access, url, runtimeName } = server;
  const text = banner(
    {
      version: version.version,
      url,
      dataPlace: settings.dataPlace,
      node: runtimeName === null ? null : { name: settings.nodeName, runtime: runtimeName },
      access,
    },
    { colour: process.stdout.isTTY === true && process.env.NO_COLOR === undefined },
  );
  process.stdout.write(text);
}

function say(text: string): void {
  process.stdout.write(`podql: ${text}\n`);
}
