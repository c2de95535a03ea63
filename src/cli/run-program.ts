import { MessageChannel } from 'node:worker_threads';
import type { Command } from 'commander';
import { CommanderError } from 'commander';
import { isApiError } from '../errors/api-error';
import { StartError } from '../server/start-error';

/** A failure that is told already, or told by its message alone. */
export class CommandFailure extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly exitCode = 1,
  ) {
    super(message);
  }
}

/** Runs one command. The exit code: 0 done, 1 failed, 2 the command line cannot be understood. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<number> {
  // Timers of the Clock keep no process alive: without this, a command that waits to try again would end as if it were done.
  const alive = new MessageChannel();
  alive.port1.ref();
  try {
    await program.parseAsync([...argv]);
    return 0;
  } catch (error) {
    // Help and version end by such an error too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`${explain(error)}\n`);
    return error instanceof CommandFailure ? error.exitCode : error instanceof StartError && error.code === 'INVALID_OPTION' ? 2 : 1;
  } finally {
    alive.port1.close();
  }
}

/** One paragraph, with the code at its end. A stack only for faults of podql. */
export function explain(error: unknown): string {
  if (error instanceof StartError || error instanceof CommandFailure || isApiError(error)) {
    return `podql: ${error.message} [${error.code}]`;
  }
  if (hasCode(error)) return `podql: ${error.message} [${error.code}]`;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `podql: a fault in podql, please report it. [INTERNAL]\n${text}`;
}

/** Errors of other rooms that speak for themselves (a runtime's, a store's). */
function hasCode(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && (error.name === 'RuntimeError' || error.name === 'StoreError') && 'code' in error;
}
