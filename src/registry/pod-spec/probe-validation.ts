import { quoted } from '../../api/names';
import type { HttpGetAction, Probe } from '../../api/pod';
import type { Causes } from '../causes';
import { greatestInt } from '../causes';
import { validateTexts } from './text-validation';

const actions = ['exec', 'httpGet', 'tcpSocket'] as const;

/** `onlyOneSuccess`: liveness and startup probes, where more than one success in a row means nothing. */
export function validateProbe(
  causes: Causes,
  field: string,
  probe: Probe | null,
  kind: { readonly onlyOneSuccess: boolean },
): void {
  if (!probe) return;
  const given = actions.filter((action) => probe[action] !== null);
  validateOneAction(causes, field, { actions, given, noun: 'a probe', wanted: 'how to probe' });
  if (probe.exec) validateExec(causes, `${field}.exec`, probe.exec);
  if (probe.httpGet) validateHttpGet(causes, `${field}.httpGet`, probe.httpGet);
  if (probe.tcpSocket) validatePort(causes, `${field}.tcpSocket.port`, probe.tcpSocket.port);
  causes.wholeNumber(`${field}.initialDelaySeconds`, probe.initialDelaySeconds, { min: 0, max: greatestInt });
  for (const name of ['periodSeconds', 'timeoutSeconds', 'failureThreshold'] as const) {
    causes.wholeNumber(`${field}.${name}`, probe[name], { min: 1, max: greatestInt });
  }
  if (kind.onlyOneSuccess && probe.successThreshold !== 1) {
    causes.invalid(`${field}.successThreshold`, `must be 1 for liveness and startup probes, not ${probe.successThreshold}`);
  } else {
    causes.wholeNumber(`${field}.successThreshold`, probe.successThreshold, { min: 1, max: greatestInt });
  }
}

/** Of a probe or a handler of the life cycle. */
export function validateOneAction(
  causes: Causes,
  field: string,
  { actions: all, given, noun, wanted }: { readonly actions: readonly string[]; readonly given: readonly string[]; readonly noun: string; readonly wanted: string },
): void {
  if (given.length === 0) causes.required(field, `must say ${wanted}: one of ${all.join(', ')}`);
  for (const extra of given.slice(1)) causes.forbidden(`${field}.${extra}`, `must be absent: ${noun} has one action, and ${given[0]} is given too`);
}

export function validateExec(causes: Causes, field: string, { command }: { readonly command: readonly string[] }): void {
  if (command.length === 0) causes.required(`${field}.command`, 'must name the program to run');
  validateTexts(causes, `${field}.command`, command);
}

export function validateHttpGet(causes: Causes, field: string, { path, port, scheme, headers }: HttpGetAction): void {
  if (!path.startsWith('/') || /[\s\p{Cc}]/u.test(path) || path.length > 4096) {
    causes.invalid(`${field}.path`, `must begin with "/" and contain no white space; ${quoted(path)} does not fit`);
  }
  validatePort(causes, `${field}.port`, port);
  if (scheme !== 'HTTP' && scheme !== 'HTTPS') causes.notSupported(`${field}.scheme`, String(scheme), ['HTTP', 'HTTPS']);
  if (!causes.atMost(`${field}.headers`, headers.length, 100, 'headers')) return;
  headers.forEach(({ name, value }, index) => {
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$/.test(name)) {
      causes.invalid(`${field}.headers[${index}].name`, `must be the name of an HTTP header, like "Accept"; ${quoted(name)} is none`);
    }
    if (/[\r\n\0]/.test(value) || value.length > 8192) {
      causes.invalid(`${field}.headers[${index}].value`, 'must be one line of at most 8192 characters');
    }
  });
}

function validatePort(causes: Causes, field: string, port: number): void {
  if (port === 0) causes.required(field, 'must be given: a port from 1 to 65535');
  else causes.wholeNumber(field, port, { min: 1, max: 65_535 });
}
