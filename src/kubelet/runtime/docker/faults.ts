import type { RuntimeErrorCode } from '../runtime';
import { RuntimeError } from '../runtime';

/** What the engine refused, with its HTTP status; null when it was not reached. */
export class EngineError extends RuntimeError {
  constructor(
    code: RuntimeErrorCode,
    message: string,
    readonly status: number | null,
    cause: unknown,
  ) {
    super(code, message, cause);
    this.name = 'EngineError';
  }
}

/** Whether an error is the engine's answer with this HTTP status. */
export function isStatus(error: unknown, status: number): boolean {
  return error instanceof EngineError && error.status === status;
}

/**
 * Does each in turn. What the engine refuses (to remove a container whose mount is busy) keeps nothing after it from being done; the first
 * refusal is thrown at the end. An engine that does not answer is not asked further.
 */
export async function eachInTurn(works: readonly (() => Promise<void>)[]): Promise<void> {
  const refusals: EngineError[] = [];
  for (const work of works) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof EngineError) || error.status === null) throw error;
      refusals.push(error);
    }
  }
  if (refusals[0]) throw refusals[0];
}

/** What docker-modem throws; `reason` is a fixed text per route and misleads, so it is not looked at. */
interface ModemError {
  readonly statusCode?: number;
  readonly json?: unknown;
  readonly code?: string;
  readonly message?: string;
}

/** Any error of a call to the engine at `address`, in the runtime's words. */
export function engineError(error: unknown, address: string): RuntimeError {
  if (error instanceof RuntimeError) return error;
  // By shape, not by class: errors of sockets are made by native code, which may belong to another realm.
  const { statusCode, json, code, message = String(error) }: ModemError = typeof error === 'object' && error !== null ? error : {};
  if (statusCode === undefined) return new EngineError('UNAVAILABLE', unreachable(code, address, message), null, error);
  return fault(statusCode, saidBy(json) ?? bare(message), error);
}

/** What the engine refused in these words. */
export function fault(status: number, said: string, cause: unknown): EngineError {
  return new EngineError(codeOf(status, said), said, status, cause);
}

function codeOf(status: number, said: string): RuntimeErrorCode {
  if (/port is already allocated|address already in use/.test(said)) return 'PORT_TAKEN';
  if (/no space left on device/.test(said)) return 'DISK_FULL';
  switch (status) {
    case 400:
    case 409:
      return 'INVALID';
    case 404:
      return 'NOT_FOUND';
    case 503:
      return 'UNAVAILABLE';
    default:
      return 'INTERNAL';
  }
}

function saidBy(json: unknown): string | null {
  return typeof json === 'object' && json !== null && 'message' in json && typeof json.message === 'string' ? json.message.trim() : null;
}

/** Of an answer that is a stream the library keeps only the text, behind words of its own. */
function bare(message: string): string {
  return message.replace(/^\(HTTP code \d+\) .*? - /, '').trim();
}

function unreachable(code: string | undefined, address: string, message: string): string {
  switch (code) {
    case 'ENOENT':
      return `no Docker Engine at ${address}: there is no such socket. Start Docker, or say where it is with DOCKER_HOST`;
    case 'ECONNREFUSED':
      return `no Docker Engine at ${address}: nobody listens there. Start Docker, or say where it is with DOCKER_HOST`;
    case 'EACCES':
    case 'EPERM':
      return `the Docker Engine at ${address} does not let this user in: run as root, or join the group that owns the socket`;
    default:
      return `the Docker Engine at ${address} broke the connection (${code ?? message})`;
  }
}

/** A container could not be started because the one whose network it is to join runs no more: not its own fault. */
export function isSandboxGone(said: string): boolean {
  return /cannot join network|non running container|No such container/i.test(said);
}

/**
 * An engine that stops gives a command that it could not run 126, as it does where the program cannot be run, and says why in the
 * command's output: gRPC's words, with its code at their end.
 */
export function isExecCutOff(exitCode: number, said: string): boolean {
  return exitCode === 126 && /: (unavailable|canceled|unknown|deadline exceeded)\s*$/.test(said) && !/OCI runtime exec failed/.test(said);
}

/** Why a container could not be started (R8), read off the engine's own sentence. */
export function startFault(said: string): { readonly exitCode: 126 | 127 | 128; readonly message: string } {
  const program = /exec: "([^"]*)"/.exec(said)?.[1];
  const named = program === undefined ? 'the program' : `program ${program}`;
  if (/executable file not found in \$PATH/.test(said)) return { exitCode: 127, message: `${named} was not found in PATH` };
  if (/no such file or directory/.test(said) && program !== undefined) return { exitCode: 127, message: `${named} does not exist` };
  if (/permission denied/.test(said) && program !== undefined) return { exitCode: 126, message: `${named} is not executable` };
  if (/is a directory/.test(said) && program !== undefined) return { exitCode: 126, message: `${named} is a directory, not a program` };
  const bare = said.replace(/^(?:failed to create (?:shim )?task(?: for container)?: |OCI runtime create failed: |(?:container_linux|runc create failed|unable to start container process)[^:]*: )+/, '');
  return { exitCode: 128, message: bare.replace(/: unknown$/, '') };
}
