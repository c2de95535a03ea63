import { absolutePathProblem, dnsLabelProblem, portNameProblem, quoted, relativePathProblem, variableNameProblem } from '../../api/names';
import type { Container, VolumeMount } from '../../api/pod';
import { imagePullPolicies, protocols, restartPolicies, terminationMessagePolicies } from '../../api/pod';
import type { Causes } from '../causes';
import { reportDuplicates } from '../causes';
import { validateLifecycle } from './lifecycle-validation';
import { validateProbe } from './probe-validation';
import { validateResources } from './resource-validation';
import { validateSecurityContext } from './security-validation';
import { validateText, validateTexts } from './text-validation';

const mostVariables = 1000;
const mostPorts = 100;
const mostMounts = 100;

/** The rules of one container, its name apart (that is a matter of the whole pod). */
export function validateContainer(
  causes: Causes,
  field: string,
  container: Container,
  pod: { readonly volumes: ReadonlySet<string>; readonly terminationGracePeriodSeconds: number },
): void {
  validateImage(causes, `${field}.image`, container.image);
  validateTexts(causes, `${field}.command`, container.command);
  if (container.command[0] === '') causes.invalid(`${field}.command[0]`, 'must name the program to run');
  validateTexts(causes, `${field}.args`, container.args);
  if (container.workingDir !== null) causes.problem(`${field}.workingDir`, absolutePathProblem(container.workingDir));
  if (!imagePullPolicies.includes(container.imagePullPolicy)) {
    causes.notSupported(`${field}.imagePullPolicy`, String(container.imagePullPolicy), imagePullPolicies);
  }
  if (container.restartPolicy !== null && !restartPolicies.includes(container.restartPolicy)) {
    causes.notSupported(`${field}.restartPolicy`, String(container.restartPolicy), restartPolicies);
  }
  validateVariables(causes, `${field}.env`, container);
  validatePorts(causes, `${field}.ports`, container);
  validateResources(causes, `${field}.resources`, container.resources);
  validateProbe(causes, `${field}.livenessProbe`, container.livenessProbe, { onlyOneSuccess: true });
  validateProbe(causes, `${field}.readinessProbe`, container.readinessProbe, { onlyOneSuccess: false });
  validateProbe(causes, `${field}.startupProbe`, container.startupProbe, { onlyOneSuccess: true });
  validateMounts(causes, `${field}.volumeMounts`, container.volumeMounts, pod.volumes);
  validateSecurityContext(causes, `${field}.securityContext`, container.securityContext);
  validateTerminationMessage(causes, field, container);
  validateLifecycle(causes, `${field}.lifecycle`, container.lifecycle, pod);
}

function validateImage(causes: Causes, field: string, image: string): void {
  if (image === '') causes.required(field, 'must be given: an image like "nginx:1.27", or "host" to run a program of the node itself');
  else if (image.length > 1024) causes.add(field, 'FieldValueTooLong', `must have at most 1024 characters, not ${image.length}`);
  else if (/[\s\p{Cc}]/u.test(image)) causes.invalid(field, `must contain no white space; ${quoted(image)} does`);
}

function validateTerminationMessage(causes: Causes, field: string, container: Container): void {
  const { terminationMessagePath: path, terminationMessagePolicy: policy } = container;
  const problem = absolutePathProblem(path) ?? (path.endsWith('/') ? `must be the path of a file; ${quoted(path)} can only be a directory` : null);
  causes.problem(`${field}.terminationMessagePath`, problem);
  if (!terminationMessagePolicies.includes(policy)) {
    causes.notSupported(`${field}.terminationMessagePolicy`, String(policy), terminationMessagePolicies);
  }
}

function validateVariables(causes: Causes, field: string, { env }: Container): void {
  if (!causes.atMost(field, env.length, mostVariables, 'variables')) return;
  env.forEach(({ name, value }, index) => {
    if (name === '') causes.required(`${field}[${index}].name`, 'must be given: the name of the variable');
    else causes.problem(`${field}[${index}].name`, variableNameProblem(name));
    validateText(causes, `${field}[${index}].value`, value);
  });
  const named = env.map(({ name }, index) => ({ field: `${field}[${index}].name`, key: name }));
  reportDuplicates(causes, named.filter(({ key }) => key !== ''), (name, first) => `must be unique in the container; ${first} sets ${quoted(name)} too`);
}

function validatePorts(causes: Causes, field: string, { ports }: Container): void {
  if (!causes.atMost(field, ports.length, mostPorts, 'ports')) return;
  ports.forEach(({ name, containerPort, hostPort, protocol }, index) => {
    const at = `${field}[${index}]`;
    if (name !== null) causes.problem(`${at}.name`, portNameProblem(name));
    if (containerPort === 0) causes.required(`${at}.containerPort`, 'must be given: the port the container listens on, from 1 to 65535');
    else causes.wholeNumber(`${at}.containerPort`, containerPort, { min: 1, max: 65_535 });
    if (hostPort !== null && hostPort !== containerPort) causes.wholeNumber(`${at}.hostPort`, hostPort, { min: 1, max: 65_535 });
    if (!protocols.includes(protocol)) causes.notSupported(`${at}.protocol`, String(protocol), protocols);
  });
  const named = ports.flatMap(({ name }, index) => (name === null ? [] : [{ field: `${field}[${index}].name`, key: name }]));
  reportDuplicates(causes, named, (name, first) => `must be unique in the container; ${first} is "${name}" too`);
}

function validateMounts(causes: Causes, field: string, mounts: readonly VolumeMount[], volumes: ReadonlySet<string>): void {
  if (!causes.atMost(field, mounts.length, mostMounts, 'mounts')) return;
  mounts.forEach(({ name, mountPath, subPath }, index) => {
    const at = `${field}[${index}]`;
    if (name === '') causes.required(`${at}.name`, 'must be given: the name of one of the pod\'s volumes');
    else if (!volumes.has(name)) causes.add(`${at}.name`, 'FieldValueNotFound', missingVolume(name));
    if (mountPath === '') causes.required(`${at}.mountPath`, 'must be given: the path in the container');
    else causes.problem(`${at}.mountPath`, absolutePathProblem(mountPath));
    if (subPath !== null) causes.problem(`${at}.subPath`, relativePathProblem(subPath));
  });
  const paths = mounts.map(({ mountPath }, index) => ({ field: `${field}[${index}].mountPath`, key: mountPath }));
  reportDuplicates(causes, paths.filter(({ key }) => key !== ''), (path, first) => `must be unique in the container; ${first} is ${quoted(path)} too`);
}

function missingVolume(name: string): string {
  const problem = dnsLabelProblem(name);
  return problem === null ? `must name a volume of the pod; spec.volumes has no ${quoted(name)}` : problem;
}
