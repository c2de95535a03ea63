import { Command } from 'commander';
import { readVersion } from '../base/version';
import { kubeletCommand } from './commands/kubelet';
import { serverCommand } from './commands/server';
import { storeCommand } from './commands/store';
import { versionCommand } from './commands/version';

/** The command line. Each verb is one file in commands/. */
export function createProgram(): Command {
  const program = new Command('podql')
    .description('A container control plane whose API is GraphQL.')
    .version(readVersion().version, '-V, --version', 'print the version of this program')
    .showHelpAfterError('(podql --help says what there is)')
    .showSuggestionAfterError()
    .enablePositionalOptions();
  for (const command of [serverCommand(), kubeletCommand(), storeCommand(), versionCommand()]) program.addCommand(command);
  prepare(program);
  return program;
}

function prepare(command: Command): void {
  command.exitOverride();
  command.configureOutput({ outputError: (text, write) => write(text.replace(/^error: (.*)$/m, 'podql: $1 [INVALID_OPTION]')) });
  command.commands.forEach(prepare);
}
