import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { runKubelet } from '../../kubelet/main';
import type { DockerFlags } from '../../server/docker-options';
import { compileDocker } from '../../server/docker-options';
import type { NodeFlags } from '../../server/node-options';
import { compileNode } from '../../server/node-options';
import type { LogFormat, LogLevel } from '../../server/logger';
import { createLogger } from '../../server/logger';
import { StartError } from '../../server/start-error';
import { dockerHostOption, logFormatOption, logLevelOption, nodeNameOption, nodeOptions, option, preparedSandboxesOption, processImagesOption, registryCredentialsOption, runtimeOption } from '../options';
import { listenForStop } from '../signals';

interface KubeletFlags extends DockerFlags, NodeFlags {
  readonly server: string;
  readonly tokenFile?: string;
  readonly runtime: 'auto' | 'process' | 'docker';
  readonly nodeName?: string;
  readonly runtimeFolder: string;
  readonly processImages: 'refuse' | 'ignore';
  readonly address?: string;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export function kubeletCommand(): Command {
  const command = new Command('kubelet')
    .description('Joins this machine to a control plane and runs its pods.')
    .addOption(option('--server <url>', 'the control plane: http://HOST:PORT').makeOptionMandatory())
    .addOption(option('--token-file <file>', 'a file with nothing but the token of this node (role NODE)'))
    .addOption(runtimeOption(['auto', 'process', 'docker']))
    .addOption(nodeNameOption());
  for (const made of nodeOptions()) command.addOption(made);
  return command
    .addOption(option('--runtime-folder <dir>', 'what must survive this process: records of local processes, volumes of pods').default('./podql-data/node'))
    .addOption(processImagesOption())
    .addOption(dockerHostOption())
    .addOption(preparedSandboxesOption())
    .addOption(registryCredentialsOption())
    .addOption(option('--address <address>', 'where other machines reach this one (default: found out)'))
    .addOption(logLevelOption())
    .addOption(logFormatOption())
    .action(async (flags: KubeletFlags) => {
      const logger = createLogger({ level: flags.logLevel, format: flags.logFormat, terminal: process.stderr.isTTY === true });
      const stop = listenForStop();
      try {
        await runKubelet({
          server: serverUrl(flags.server),
          token: flags.tokenFile === undefined ? undefined : readToken(flags.tokenFile),
          nodeName: flags.nodeName,
          runtime: flags.runtime,
          directory: resolve(flags.runtimeFolder),
          images: flags.processImages === 'ignore' ? 'ignore' : 'host',
          docker: compileDocker(flags),
          ...compileNode(flags),
          address: flags.address,
          logger,
          signal: stop.signal,
        });
      } finally {
        stop.release();
      }
    });
}

function serverUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new StartError('INVALID_OPTION', `--server ${JSON.stringify(text)} is not an address of a control plane. Write http://HOST:PORT.`);
}

function readToken(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new StartError('TOKEN_FILE_INVALID', `The token file ${path} cannot be read. It must hold the token of this node and nothing else.`, error);
  }
  if (/^[\x21-\x7e]{16,}$/.test(text)) return text;
  throw new StartError(
    'TOKEN_FILE_INVALID',
    `${path} must hold one token and nothing else (16 characters or more). The list of all tokens is the server's file, not a kubelet's.`,
  );
}
