import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { messageOf } from '../base/error-message';
import { linkAbort, untilAborted } from '../base/abort';
import type { Clock } from '../base/clock';
import type { HttpGetAction, Probe } from '../api/pod';
import { RuntimeError } from './runtime/runtime';
import type { ContainerRuntime } from './runtime/runtime';

/** Null: well. Else what is wrong, in one phrase. */
export type CheckResult = string | null;

export interface CheckTarget {
  readonly containerId: string;
  /** Where the container's ports are reached. */
  readonly host: string;
}

export interface ProbeChecker {
  /**
   * Runs one check. Undefined: the container could not be asked, which says nothing of it. Never rejects; ends within the
   * probe's timeout, and promptly when the signal aborts.
   */
  check(probe: Probe, target: CheckTarget, signal: AbortSignal): Promise<CheckResult | undefined>;
}

export interface ProbeCheckerOptions {
  readonly runtime: ContainerRuntime;
  /** Is it known to be away? */
  readonly isRuntimeAway: () => boolean;
  readonly clock: Clock;
}

export function createProbeChecker({ runtime, isRuntimeAway, clock }: ProbeCheckerOptions): ProbeChecker {
  return {
    async check(probe, target, signal) {
      const limit = linkAbort(signal);
      const timer = clock.after(probe.timeoutSeconds * 1000, limit.end);
      try {
        return await run(probe, target, limit.signal, runtime);
      } catch (error) {
        if (probe.exec && (isRuntimeAway() || isUnasked(error))) return undefined;
        // Two limits of one length: which of them is over first is no news.
        if (limit.signal.aborted || (error instanceof RuntimeError && error.code === 'TIMEOUT')) return `no answer within ${probe.timeoutSeconds} s`;
        // Another id each run would make another event of the same failure.
        return messageOf(error).replaceAll(` ${target.containerId}`, '');
      } finally {
        timer.cancel();
        limit.end();
      }
    },
  };
}

/** A command that ran gives an exit code, or takes too long. An engine that is away for a while must not end what runs on without it. */
function isUnasked(error: unknown): boolean {
  return error instanceof RuntimeError && error.code !== 'TIMEOUT';
}

function run(probe: Probe, target: CheckTarget, signal: AbortSignal, runtime: ContainerRuntime): Promise<CheckResult> {
  if (probe.exec) return untilAborted(exec(probe, target, runtime), signal);
  if (probe.httpGet) return askOverHttp(probe.httpGet, target.host, signal);
  if (probe.tcpSocket) return tcpConnect(probe.tcpSocket.port, target.host, signal);
  return Promise.resolve('the probe says neither exec nor httpGet nor tcpSocket');
}

async function exec(probe: Probe, { containerId }: CheckTarget, runtime: ContainerRuntime): Promise<CheckResult> {
  const code = await runtime.exec(containerId, probe.exec?.command ?? [], probe.timeoutSeconds);
  return code === 0 ? null : `the command left with exit code ${code}`;
}

/** 200 to 399 is well; redirects are not followed; certificates are not checked: it is the container that is asked, not its name. */
export function askOverHttp(action: HttpGetAction, host: string, signal: AbortSignal): Promise<CheckResult> {
  const { path, port, scheme } = action;
  const headers = Object.fromEntries(action.headers.map(({ name, value }) => [name, value]));
  const options = { host, port, path: path.startsWith('/') ? path : `/${path}`, headers, signal, agent: false };
  return new Promise((resolve, reject) => {
    const request =
      scheme === 'HTTPS' ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options);
    request.on('response', (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      request.destroy();
      resolve(status >= 200 && status < 400 ? null : `GET ${options.path} answered ${status}`);
    });
    request.on('error', reject);
    request.end();
  });
}

function tcpConnect(port: number, host: string, signal: AbortSignal): Promise<CheckResult> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const abort = (): void => void socket.destroy(new Error('given up'));
    signal.addEventListener('abort', abort, { once: true });
    socket.on('close', () => signal.removeEventListener('abort', abort));
    socket.on('error', reject);
    socket.on('connect', () => {
      socket.destroy();
      resolve(null);
    });
    if (signal.aborted) abort();
  });
}
