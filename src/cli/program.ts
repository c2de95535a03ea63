import { Command } from 'commander';
import { readVersion } from '../base/version';
import { kubeletCommand } from './commands/kubelet';
import { serverCommand } from './commands/server';
import { versionCommand } from './commands/version';

/** The command line. Each verb is one file in commands/. */
export function createProgram(): Command {
  const program = new Command('podql')
    .description('A container control plane whose API is GraphQL.')
    .version(readVersion().version, '-V, --version', 'print the version of this program')
    .showHelpAfterError('(podql --help says what there is)')
    .showSuggestionAfterError()
    .enablePositionalOptions();
  for (const command of [serverCommand(), kubeletCommand(), versionCommand()]) program.addCommand(command);
  for (const command of [program, ...program.commands]) {
    command.exitOverride();
    command.configureOutput({ outputError: (text, write) => write(text.replace(/^error: (.*)$/m, 'podql: $1 [INVALID_OPTION]')) });
  }
  return program;
}
