import type Docker from 'dockerode';
import type { Clock } from '../../../base/clock';
import { DeadlineExceeded, withDeadline } from '../../../base/deadline';
import { RuntimeError } from '../runtime';
import type { EngineCalls } from './engine-calls';
import { EngineError, engineError, isExecCutOff } from './faults';
import { endInContainer } from './leftover';

/** Letters kept of what a command wrote. */
const mostWords = 1_000;

/** Runs a command in a running container until it ends; its output is dropped. Ends it and rejects with TIMEOUT when it takes longer. */
export async function execInContainer(calls: EngineCalls, clock: Clock, { id, command, milliseconds }: { readonly id: string; readonly command: readonly string[]; readonly milliseconds: number }): Promise<number> {
  const { looks, waits } = calls.connections;
  const exec = await calls.look('make an exec', (abortSignal) => looks.getContainer(id).exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true, abortSignal }));
  const stream = await calls.look('start an exec', (abortSignal) => waits.getExec(exec.id).start({ hijack: true, abortSignal }));
  let said: string;
  try {
    said = await withDeadline(clock, lastWords(stream), { what: 'exec', milliseconds });
  } catch (error) {
    if (!(error instanceof DeadlineExceeded)) throw engineError(error, calls.address);
    await endExec(calls, exec);
    throw new RuntimeError('TIMEOUT', `${command.join(' ')} did not end within ${milliseconds / 1000} s`);
  } finally {
    stream.destroy();
  }
  const { ExitCode } = await calls.look('inspect an exec', (abortSignal) => exec.inspect({ abortSignal }));
  if (ExitCode === null) throw new RuntimeError('INTERNAL', 'the engine does not know how the command ended');
  if (isExecCutOff(ExitCode, said)) throw new EngineError('UNAVAILABLE', `the engine went while it ran a command: ${said.trim()}`, null, undefined);
  return ExitCode;
}

/** The engine has no call for it: without this each exec probe that takes too long would leave a process in the container. */
async function endExec(calls: EngineCalls, exec: Docker.Exec): Promise<void> {
  const { Running, Pid, ContainerID } = await calls.look('inspect an exec', (abortSignal) => exec.inspect({ abortSignal }));
  if (Running) await endInContainer(Pid, ContainerID);
}

/** The end of what a command wrote, once it has ended: what the engine itself has to say of it stands there too. */
function lastWords(stream: NodeJS.ReadWriteStream): Promise<string> {
  let words = '';
  return new Promise((resolve, reject) => {
    const end = (): void => resolve(words);
    stream.on('end', end).on('close', end).on('error', reject);
    stream.on('data', (chunk: Buffer) => (words = `${words}${chunk.toString('latin1')}`.slice(-mostWords)));
  });
}
