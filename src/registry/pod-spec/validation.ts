import { dnsLabelProblem, dnsSubdomainProblem } from '../../api/names';
import type { Container, PodSpec, RestartBackoff } from '../../api/pod';
import { portOwners, restartPolicies } from '../../api/pod';
import type { Causes } from '../causes';
import { greatestInt, reportDuplicates } from '../causes';
import { validateLabels } from '../metadata';
import { validateContainer } from './container-validation';
import { validateNames } from './dns-validation';
import { validatePodSecurityContext } from './security-validation';
import { validateTolerations } from './toleration-validation';
import { validateVolume } from './volume-validation';

const mostContainers = 100;
const mostVolumes = 100;

/** Kubernetes' rules for a complete pod spec, of a pod or of a template. `field` is where it stands: "spec". */
export function validatePodSpec(causes: Causes, field: string, spec: PodSpec): void {
  if (!restartPolicies.includes(spec.restartPolicy)) {
    causes.notSupported(`${field}.restartPolicy`, String(spec.restartPolicy), restartPolicies);
  }
  validateRestartBackoff(causes, `${field}.restartBackoff`, spec.restartBackoff);
  validateContainers(causes, field, spec);
  if (spec.nodeName !== null) causes.problem(`${field}.nodeName`, dnsSubdomainProblem(spec.nodeName));
  validateLabels(causes, `${field}.nodeSelector`, spec.nodeSelector);
  validateTolerations(causes, `${field}.tolerations`, spec.tolerations);
  causes.wholeNumber(`${field}.terminationGracePeriodSeconds`, spec.terminationGracePeriodSeconds, { min: 0, max: greatestInt });
  if (spec.activeDeadlineSeconds !== null) {
    causes.wholeNumber(`${field}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, { min: 1, max: greatestInt });
  }
  validatePodSecurityContext(causes, `${field}.securityContext`, spec.securityContext);
  if (spec.hostname !== null) causes.problem(`${field}.hostname`, dnsLabelProblem(spec.hostname));
  validateNames(causes, field, spec);
  if (causes.atMost(`${field}.volumes`, spec.volumes.length, mostVolumes, 'volumes')) {
    spec.volumes.forEach((volume, index) => validateVolume(causes, `${field}.volumes[${index}]`, volume));
    const named = spec.volumes.map((volume, index) => ({ field: `${field}.volumes[${index}].name`, key: volume.name }));
    reportDuplicates(causes, named.filter(({ key }) => key !== ''), (name, first) => `must be unique in the pod; ${first} is "${name}" too`);
  }
}

function validateRestartBackoff(causes: Causes, field: string, backoff: RestartBackoff): void {
  const { initialSeconds, maxSeconds, resetAfterSeconds } = backoff;
  for (const [name, seconds] of Object.entries({ initialSeconds, maxSeconds, resetAfterSeconds })) {
    if (!(seconds > 0 && seconds <= greatestInt)) {
      causes.invalid(`${field}.${name}`, `must be a number of seconds greater than 0 and at most ${greatestInt}, not ${seconds}`);
    }
  }
  if (initialSeconds > maxSeconds) {
    causes.invalid(`${field}.initialSeconds`, `must not be greater than maxSeconds (${maxSeconds}); it is ${initialSeconds}`);
  }
}

interface Placed {
  readonly field: string;
  readonly container: Container;
}

function validateContainers(causes: Causes, field: string, spec: PodSpec): void {
  if (spec.containers.length === 0) causes.required(`${field}.containers`, 'must have at least one container');
  const count = spec.containers.length + spec.initContainers.length;
  if (!causes.atMost(`${field}.containers`, count, mostContainers, 'containers, init containers included')) return;
  const init = place(`${field}.initContainers`, spec.initContainers);
  const app = place(`${field}.containers`, spec.containers);
  const { terminationGracePeriodSeconds } = spec;
  const pod = { volumes: new Set(spec.volumes.map((volume) => volume.name)), terminationGracePeriodSeconds };
  for (const { field: at, container } of [...init, ...app]) validateContainer(causes, at, container, pod);
  for (const { field: at, container } of init) validateInitContainer(causes, at, container);
  for (const { field: at, container } of [...init, ...app]) validateName(causes, at, container);
  const named = [...init, ...app].map(({ field: at, container }) => ({ field: `${at}.name`, key: container.name }));
  reportDuplicates(causes, named.filter(({ key }) => key !== ''), (name, first) => `must be unique in the pod; ${first} is "${name}" too`);
  // Sidecars run beside the others; what only runs before them takes no port from anybody.
  const owners = new Set(portOwners(spec));
  validateHostPorts(causes, [...init, ...app].filter(({ container }) => owners.has(container)), spec);
  for (const one of init) if (!owners.has(one.container)) validateHostPorts(causes, [one], spec);
}

function place(field: string, containers: readonly Container[]): readonly Placed[] {
  return containers.map((container, index) => ({ field: `${field}[${index}]`, container }));
}

function validateName(causes: Causes, field: string, { name }: Container): void {
  if (name === '') causes.required(`${field}.name`, 'must be given: a short name, unique in the pod');
  else causes.problem(`${field}.name`, dnsLabelProblem(name));
}

/** An init container runs to its end; only a sidecar (restartPolicy ALWAYS) is there to be probed. */
function validateInitContainer(causes: Causes, field: string, container: Container): void {
  if (container.restartPolicy !== null && container.restartPolicy !== 'ALWAYS') {
    causes.add(
      `${field}.restartPolicy`,
      'FieldValueNotSupported',
      `must be absent or ALWAYS (a sidecar) for an init container, not ${String(container.restartPolicy)}`,
    );
  }
  if (container.restartPolicy === 'ALWAYS') return;
  if (container.lifecycle) causes.forbidden(`${field}.lifecycle`, 'must be absent: an init container runs to its end, unless its restartPolicy is ALWAYS');
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    if (container[probe]) causes.forbidden(`${field}.${probe}`, 'must be absent: an init container is not probed, unless its restartPolicy is ALWAYS');
  }
}

function validateHostPorts(causes: Causes, containers: readonly Placed[], pod: { readonly hostNetwork: boolean }): void {
  const taken = containers.flatMap(({ field, container }) =>
    container.ports.flatMap(({ containerPort, hostPort, protocol }, index) => {
      const at = `${field}.ports[${index}].hostPort`;
      if (pod.hostNetwork && hostPort !== containerPort) {
        causes.invalid(at, `must be ${containerPort} like containerPort (or absent), because the pod uses the host's network; it is ${hostPort}`);
      }
      return hostPort === null ? [] : [{ field: at, key: `${protocol} ${hostPort}` }];
    }),
  );
  reportDuplicates(causes, taken, (port, first) => `must be used once in a pod; ${first} takes ${port} already`);
}
