import { resolve } from 'node:path';
import type { Volume } from '../../../api/pod';
import { expand } from '../expansion';
import type { ContainerConfig } from '../runtime';
import type { Environment } from './environment';
import { environmentOf } from './environment';
import type { SandboxFolder } from './layout';
import type { StartError } from './program';
import { checkProgram, checkWorkingDirectory } from './program';
import { mountVolumes } from './volumes';

/** What is run, with everything filled in. */
export interface Launch {
  readonly command: readonly string[];
  readonly environment: Environment;
  readonly cwd: string;
}

export interface LaunchOptions {
  readonly id: string;
  readonly config: Pick<ContainerConfig, 'container' | 'extraEnv'>;
  readonly sandbox: SandboxFolder;
  readonly volumes: readonly Volume[];
  /** PATH, HOME and what else each container gets. */
  readonly defaults: Environment;
  /** Instead of the container's command and args, and taken literally: what an exec runs. */
  readonly command?: readonly string[];
}

/** Works out how to start a container on this machine, or why it cannot be started. Makes sub-paths and host directories that the pod asks to be made. */
export async function planLaunch(options: LaunchOptions): Promise<{ readonly launch: Launch } | { readonly fault: StartError }> {
  const { config, sandbox } = options;
  const { container } = config;
  const mounted = await mountVolumes(sandbox, options.volumes, container);
  if ('fault' in mounted) return mounted;
  const environment = environmentOf({ ...options.defaults, ...mounted.variables, ...config.extraEnv }, container, options.id);
  const command = options.command ?? [...container.command, ...container.args].map((word) => expand(word, environment));
  const [program] = command;
  if (program === undefined) {
    return { fault: { exitCode: 128, message: `container ${container.name} has no command: image ${container.image} is this machine itself, so command must name a program` } };
  }
  const poisoned = [...command, ...Object.entries(environment).flat()].find((text) => text.includes('\0'));
  if (poisoned !== undefined) return { fault: { exitCode: 128, message: `container ${container.name}: command and env must not contain a NUL character` } };
  const cwd = container.workingDir ? resolve(sandbox.work, expand(container.workingDir, environment)) : sandbox.work;
  const fault = (await checkWorkingDirectory(cwd)) ?? (await checkProgram(program, { path: environment.PATH ?? '', cwd }));
  return fault ? { fault } : { launch: { command, environment, cwd } };
}
