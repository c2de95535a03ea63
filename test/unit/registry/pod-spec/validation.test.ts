import type { Container, PodSecurityContext, PodSpec, Probe, SecurityContext } from '../../../../src/api/pod';
import { noResources } from '../../../../src/api/pod';
import { Causes } from '../../../../src/registry/causes';
import { validatePodSpec } from '../../../../src/registry/pod-spec/validation';
import { aContainer, aPodSpec } from '../../../support/builders';

function causesOf(spec: PodSpec): string[] {
  const causes = new Causes();
  validatePodSpec(causes, 'spec', spec);
  return causes.list().map(({ field, reason }) => `${field} ${reason}`);
}
const withContainer = (overrides: Partial<Container>): PodSpec => aPodSpec({ containers: [aContainer(overrides)] });
/** A text where an enumeration is typed: what arrives from outside TypeScript. */
const word = <T extends string>(text: string): T => text as T;

const probe: Probe = {
  exec: { command: ['true'] },
  httpGet: null,
  tcpSocket: null,
  initialDelaySeconds: 0,
  periodSeconds: 10,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 3,
};
const scratch = { name: 'scratch', emptyDir: { medium: '', sizeLimit: null }, hostPath: null };
const port = { name: null, containerPort: 80, hostPort: null, protocol: 'TCP' } as const;
const context: SecurityContext = {
  runAsUser: null,
  runAsGroup: null,
  runAsNonRoot: null,
  privileged: null,
  readOnlyRootFilesystem: null,
  allowPrivilegeEscalation: null,
  capabilities: { add: [], drop: [] },
};
const podContext: PodSecurityContext = { runAsUser: null, runAsGroup: null, runAsNonRoot: null, supplementalGroups: [], fsGroup: null };
const dns = { nameservers: [], searches: [], options: [] };
const preStop = { exec: null, httpGet: null, sleep: null };
const toleration = { key: 'dedicated', operator: 'EQUAL', value: 'gpu', effect: 'NO_EXECUTE', tolerationSeconds: null } as const;
const mount = { name: 'scratch', mountPath: '/data', readOnly: false, subPath: null };

describe('a pod spec', () => {
  const broken: [rule: string, spec: PodSpec, causes: string[]][] = [
    ['has a container', aPodSpec({ containers: [] }), ['spec.containers FieldValueRequired']],
    ['has a known restart policy', aPodSpec({ restartPolicy: word('SOMETIMES') }), ['spec.restartPolicy FieldValueNotSupported']],
    ['has a back-off greater than zero', aPodSpec({ restartBackoff: { initialSeconds: 0, maxSeconds: -1, resetAfterSeconds: Number.NaN } }), [
      'spec.restartBackoff.initialSeconds FieldValueInvalid',
      'spec.restartBackoff.maxSeconds FieldValueInvalid',
      'spec.restartBackoff.resetAfterSeconds FieldValueInvalid',
      'spec.restartBackoff.initialSeconds FieldValueInvalid',
    ]],
    ['has a back-off that grows', aPodSpec({ restartBackoff: { initialSeconds: 2, maxSeconds: 1, resetAfterSeconds: 1 } }), ['spec.restartBackoff.initialSeconds FieldValueInvalid']],
    ['has a deadline of at least a second', aPodSpec({ activeDeadlineSeconds: 0 }), ['spec.activeDeadlineSeconds FieldValueInvalid']],
    ['has no negative grace', aPodSpec({ terminationGracePeriodSeconds: -1 }), ['spec.terminationGracePeriodSeconds FieldValueInvalid']],
    ['selects nodes by good labels', aPodSpec({ nodeSelector: { 'a b': 'c' } }), ['spec.nodeSelector[a b] FieldValueInvalid']],
    ['tolerates taints by good keys and values', aPodSpec({ tolerations: [{ ...toleration, key: 'a b', value: '-' }] }), [
      'spec.tolerations[0].key FieldValueInvalid',
      'spec.tolerations[0].value FieldValueInvalid',
    ]],
    ['tolerates every taint only with EXISTS', aPodSpec({ tolerations: [{ ...toleration, key: null, value: null }] }), ['spec.tolerations[0].operator FieldValueInvalid']],
    ['compares no value with EXISTS', aPodSpec({ tolerations: [{ ...toleration, operator: 'EXISTS' }] }), ['spec.tolerations[0].value FieldValueInvalid']],
    ['tolerates for a time only what sends pods away', aPodSpec({ tolerations: [{ ...toleration, effect: null, tolerationSeconds: 5 }] }), ['spec.tolerations[0].effect FieldValueInvalid']],
    ['knows operators and effects of tolerations', aPodSpec({ tolerations: [{ ...toleration, operator: word('LIKE') }, { ...toleration, effect: word('NEVER') }] }), [
      'spec.tolerations[0].operator FieldValueNotSupported',
      'spec.tolerations[1].effect FieldValueNotSupported',
    ]],
    ['names its containers', withContainer({ name: '' }), ['spec.containers[0].name FieldValueRequired']],
    ['names its containers well', withContainer({ name: 'Main' }), ['spec.containers[0].name FieldValueInvalid']],
    ['names each container once', aPodSpec({ containers: [aContainer()], initContainers: [aContainer()] }), ['spec.containers[0].name FieldValueDuplicate']],
    ['names each volume once', aPodSpec({ volumes: [scratch, scratch] }), ['spec.volumes[1].name FieldValueDuplicate']],
    ['gives a volume one source', aPodSpec({ volumes: [{ ...scratch, hostPath: { path: '/srv', type: '' } }] }), ['spec.volumes[0].hostPath FieldValueForbidden']],
    ['names an absolute path of the host', aPodSpec({ volumes: [{ ...scratch, emptyDir: null, hostPath: { path: 'srv', type: 'Socket' } }] }), [
      'spec.volumes[0].hostPath.path FieldValueInvalid',
      'spec.volumes[0].hostPath.type FieldValueNotSupported',
    ]],
    ['knows the medium of an emptyDir', aPodSpec({ volumes: [{ ...scratch, emptyDir: { medium: 'Disk', sizeLimit: 'big' } }] }), [
      'spec.volumes[0].emptyDir.medium FieldValueNotSupported',
      'spec.volumes[0].emptyDir.sizeLimit FieldValueInvalid',
    ]],
    ['restarts init containers always or never', aPodSpec({ initContainers: [aContainer({ name: 'init', restartPolicy: 'ON_FAILURE' })] }), ['spec.initContainers[0].restartPolicy FieldValueNotSupported']],
    ['probes no init container', aPodSpec({ initContainers: [aContainer({ name: 'init', readinessProbe: probe })] }), ['spec.initContainers[0].readinessProbe FieldValueForbidden']],
    ['bounds the number of containers', aPodSpec({ containers: Array.from({ length: 101 }, (_, i) => aContainer({ name: `c${i}` })) }), ['spec.containers FieldValueTooMany']],
    ['takes a port of the host once', aPodSpec({ containers: [aContainer({ ports: [{ ...port, hostPort: 80 }] }), aContainer({ name: 'b', ports: [{ ...port, hostPort: 80 }] })] }), ['spec.containers[1].ports[0].hostPort FieldValueDuplicate']],
    ['takes a port of the host once, sidecars included', aPodSpec({ initContainers: [aContainer({ name: 'side', restartPolicy: 'ALWAYS', ports: [{ ...port, hostPort: 80 }] })], containers: [aContainer({ ports: [{ ...port, hostPort: 80 }] })] }), ['spec.containers[0].ports[0].hostPort FieldValueDuplicate']],
    ['takes a port of the host once in one init container', aPodSpec({ initContainers: [aContainer({ name: 'init', ports: [{ ...port, hostPort: 80 }, { ...port, containerPort: 81, hostPort: 80 }] })], containers: [aContainer()] }), ['spec.initContainers[0].ports[1].hostPort FieldValueDuplicate']],
    ['may take in one init container what others take after it', aPodSpec({ initContainers: [aContainer({ name: 'init', ports: [{ ...port, hostPort: 80 }] })], containers: [aContainer({ ports: [{ ...port, hostPort: 80 }] })] }), []],
    ['maps no ports on the network of the host', aPodSpec({ hostNetwork: true, containers: [aContainer({ ports: [{ ...port, hostPort: 81 }] })] }), ['spec.containers[0].ports[0].hostPort FieldValueInvalid']],
    ['runs as numbers that there are', aPodSpec({ securityContext: { ...podContext, runAsUser: -1, runAsGroup: 0.5, fsGroup: 2 ** 31, supplementalGroups: [0, -1] } }), [
      'spec.securityContext.runAsUser FieldValueInvalid',
      'spec.securityContext.runAsGroup FieldValueInvalid',
      'spec.securityContext.fsGroup FieldValueInvalid',
      'spec.securityContext.supplementalGroups[1] FieldValueInvalid',
    ]],
    ['calls itself by a DNS label', aPodSpec({ hostname: 'db.example.com' }), ['spec.hostname FieldValueInvalid']],
    ['has a known DNS policy', aPodSpec({ dnsPolicy: word('ClusterFirst') }), ['spec.dnsPolicy FieldValueNotSupported']],
    ['names a name server when no policy does', aPodSpec({ dnsPolicy: 'NONE' }), ['spec.dnsConfig.nameservers FieldValueRequired']],
    ['names name servers by address', aPodSpec({ dnsConfig: { ...dns, nameservers: ['10.0.0.10', 'fd00::10', 'fe80::1%eth0'] } }), ['spec.dnsConfig.nameservers[2] FieldValueInvalid']],
    ['names no more name servers than a resolver asks', aPodSpec({ dnsConfig: { ...dns, nameservers: ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'] } }), ['spec.dnsConfig.nameservers FieldValueTooMany']],
    ['searches domains', aPodSpec({ dnsConfig: { ...dns, searches: ['.', 'example.com.', 'Example.com', 'a b'] } }), [
      'spec.dnsConfig.searches[2] FieldValueInvalid',
      'spec.dnsConfig.searches[3] FieldValueInvalid',
    ]],
    ['searches a bounded number of domains', aPodSpec({ dnsConfig: { ...dns, searches: Array.from({ length: 33 }, () => 'a') } }), ['spec.dnsConfig.searches FieldValueTooMany']],
    ['searches domains of a bounded length', aPodSpec({ dnsConfig: { ...dns, searches: Array.from({ length: 11 }, () => `${'a.'.repeat(100)}a`) } }), ['spec.dnsConfig.searches FieldValueTooLong']],
    ['has resolver options of one word', aPodSpec({ dnsConfig: { ...dns, options: [{ name: '', value: null }, { name: 'a b', value: 'x\ny' }] } }), [
      'spec.dnsConfig.options[0].name FieldValueRequired',
      'spec.dnsConfig.options[1].name FieldValueInvalid',
      'spec.dnsConfig.options[1].value FieldValueInvalid',
    ]],
    ['gives names to addresses', aPodSpec({ hostAliases: [{ ip: '', hostnames: ['db'] }, { ip: 'localhost', hostnames: ['a_b', 'db.example.com'] }] }), [
      'spec.hostAliases[0].ip FieldValueRequired',
      'spec.hostAliases[1].ip FieldValueInvalid',
      'spec.hostAliases[1].hostnames[0] FieldValueInvalid',
    ]],
    ['has no life cycle of init containers', aPodSpec({ initContainers: [aContainer({ name: 'init', lifecycle: { preStop: { ...preStop, sleep: { seconds: 1 } } } })] }), ['spec.initContainers[0].lifecycle FieldValueForbidden']],
    ['sleeps no longer than it may', aPodSpec({ terminationGracePeriodSeconds: 5, containers: [aContainer({ lifecycle: { preStop: { ...preStop, sleep: { seconds: 6 } } } })] }), ['spec.containers[0].lifecycle.preStop.sleep.seconds FieldValueInvalid']],
  ];
  it.each(broken)('%s', (_rule, spec, causes) => expect(causesOf(spec)).toEqual(causes));

  it('may have sidecars with probes, and its own policy per container', () => {
    const initContainers = [aContainer({ name: 'sidecar', restartPolicy: 'ALWAYS', startupProbe: probe })];
    expect(causesOf(aPodSpec({ initContainers, containers: [aContainer({ restartPolicy: 'NEVER' })] }))).toEqual([]);
  });
});

describe('a life cycle', () => {
  it('may be a sidecar\'s, and may sleep for as long as the grace period', () => {
    const lifecycle = { preStop: { ...preStop, sleep: { seconds: 30 } } };
    expect(causesOf(aPodSpec({ initContainers: [aContainer({ name: 'sidecar', restartPolicy: 'ALWAYS', lifecycle })], containers: [aContainer({ lifecycle })] }))).toEqual([]);
  });
});

describe('a container', () => {
  const at = 'spec.containers[0]';
  const broken: [rule: string, overrides: Partial<Container>, causes: string[]][] = [
    ['has an image', { image: '' }, [`${at}.image FieldValueRequired`]],
    ['has an image without spaces', { image: 'a b' }, [`${at}.image FieldValueInvalid`]],
    ['runs a named program', { command: [''] }, [`${at}.command[0] FieldValueInvalid`]],
    ['has arguments the system takes', { args: ['a\0b', 'x'.repeat(200_000)] }, [`${at}.args[0] FieldValueInvalid`, `${at}.args[1] FieldValueTooLong`]],
    ['has a bounded number of arguments', { args: Array.from({ length: 1001 }, () => '') }, [`${at}.args FieldValueTooMany`]],
    ['works in an absolute directory', { workingDir: 'data' }, [`${at}.workingDir FieldValueInvalid`]],
    ['names its variables', { env: [{ name: '', value: '' }, { name: '1', value: '\0' }] }, [
      `${at}.env[0].name FieldValueRequired`,
      `${at}.env[1].name FieldValueInvalid`,
      `${at}.env[1].value FieldValueInvalid`,
    ]],
    ['sets each variable once', { env: [{ name: 'A', value: '1' }, { name: 'A', value: '2' }] }, [`${at}.env[1].name FieldValueDuplicate`]],
    ['has ports', { ports: [{ ...port, containerPort: 0 }, { ...port, containerPort: 70_000 }, { ...port, hostPort: -1, protocol: word('ICMP') }] }, [
      `${at}.ports[0].containerPort FieldValueRequired`,
      `${at}.ports[1].containerPort FieldValueInvalid`,
      `${at}.ports[2].hostPort FieldValueInvalid`,
      `${at}.ports[2].protocol FieldValueNotSupported`,
    ]],
    ['names each port once', { ports: [{ ...port, name: 'http' }, { ...port, containerPort: 81, name: 'http' }] }, [`${at}.ports[1].name FieldValueDuplicate`]],
    ['asks for no more than its limit', { resources: { requests: { ...noResources, cpu: '2' }, limits: { ...noResources, cpu: '1500m' } } }, [`${at}.resources.requests.cpu FieldValueInvalid`]],
    ['has amounts that are amounts', { resources: { requests: { cpu: '-1', memory: '1GB', pods: 1 }, limits: noResources } }, [
      `${at}.resources.requests.cpu FieldValueInvalid`,
      `${at}.resources.requests.memory FieldValueInvalid`,
      `${at}.resources.requests.pods FieldValueForbidden`,
    ]],
    ['mounts a volume that is there', { volumeMounts: [{ ...mount, name: 'other' }] }, [`${at}.volumeMounts[0].name FieldValueNotFound`]],
    ['mounts one volume per path', { volumeMounts: [mount, mount] }, [`${at}.volumeMounts[1].mountPath FieldValueDuplicate`]],
    ['mounts at an absolute path, and stays in the volume', { volumeMounts: [{ ...mount, mountPath: 'data', subPath: '../x' }] }, [
      `${at}.volumeMounts[0].mountPath FieldValueInvalid`,
      `${at}.volumeMounts[0].subPath FieldValueInvalid`,
    ]],
    ['has a probe with an action', { livenessProbe: { ...probe, exec: null } }, [`${at}.livenessProbe FieldValueRequired`]],
    ['has a probe with one action', { livenessProbe: { ...probe, tcpSocket: { port: 1 } } }, [`${at}.livenessProbe.tcpSocket FieldValueForbidden`]],
    ['has probes in order', { livenessProbe: { ...probe, exec: { command: [] }, periodSeconds: 0, successThreshold: 2 }, readinessProbe: { ...probe, successThreshold: 2 } }, [
      `${at}.livenessProbe.exec.command FieldValueRequired`,
      `${at}.livenessProbe.periodSeconds FieldValueInvalid`,
      `${at}.livenessProbe.successThreshold FieldValueInvalid`,
    ]],
    ['asks over HTTP in a way that can be sent', { readinessProbe: { ...probe, exec: null, httpGet: { path: 'x', port: 0, scheme: word('FTP'), headers: [{ name: 'a b', value: 'x\r\ny' }] } } }, [
      `${at}.readinessProbe.httpGet.path FieldValueInvalid`,
      `${at}.readinessProbe.httpGet.port FieldValueRequired`,
      `${at}.readinessProbe.httpGet.scheme FieldValueNotSupported`,
      `${at}.readinessProbe.httpGet.headers[0].name FieldValueInvalid`,
      `${at}.readinessProbe.httpGet.headers[0].value FieldValueInvalid`,
    ]],
    ['has known policies', { imagePullPolicy: word('Sometimes'), restartPolicy: word('Sometimes') }, [
      `${at}.imagePullPolicy FieldValueNotSupported`,
      `${at}.restartPolicy FieldValueNotSupported`,
    ]],
    ['runs as numbers that there are', { securityContext: { ...context, runAsUser: -1, runAsGroup: 2 ** 31 } }, [
      `${at}.securityContext.runAsUser FieldValueInvalid`,
      `${at}.securityContext.runAsGroup FieldValueInvalid`,
    ]],
    ['names capabilities', { securityContext: { ...context, capabilities: { add: ['NET_ADMIN', 'net admin'], drop: ['ALL', ''] } } }, [
      `${at}.securityContext.capabilities.add[1] FieldValueInvalid`,
      `${at}.securityContext.capabilities.drop[1] FieldValueInvalid`,
    ]],
    ['cannot be kept from powers that it has', { securityContext: { ...context, privileged: true, allowPrivilegeEscalation: false, capabilities: { add: ['CAP_SYS_ADMIN'], drop: [] } } }, [
      `${at}.securityContext.allowPrivilegeEscalation FieldValueInvalid`,
      `${at}.securityContext.allowPrivilegeEscalation FieldValueInvalid`,
    ]],
    ['says why it ended in a file', { terminationMessagePath: 'why', terminationMessagePolicy: word('File') }, [
      `${at}.terminationMessagePath FieldValueInvalid`,
      `${at}.terminationMessagePolicy FieldValueNotSupported`,
    ]],
    ['says why it ended in no directory', { terminationMessagePath: '/tmp/' }, [`${at}.terminationMessagePath FieldValueInvalid`]],
    ['does something before it stops', { lifecycle: { preStop } }, [`${at}.lifecycle.preStop FieldValueRequired`]],
    ['does one thing before it stops', { lifecycle: { preStop: { exec: { command: [] }, httpGet: { path: '/', port: 0, scheme: 'HTTP', headers: [] }, sleep: { seconds: -1 } } } }, [
      `${at}.lifecycle.preStop.httpGet FieldValueForbidden`,
      `${at}.lifecycle.preStop.sleep FieldValueForbidden`,
      `${at}.lifecycle.preStop.exec.command FieldValueRequired`,
      `${at}.lifecycle.preStop.httpGet.port FieldValueRequired`,
      `${at}.lifecycle.preStop.sleep.seconds FieldValueInvalid`,
    ]],
  ];
  it.each(broken)('%s', (_rule, overrides, causes) => {
    expect(causesOf({ ...withContainer(overrides), volumes: [scratch] })).toEqual(causes);
  });
});

describe('causes', () => {
  it('are bounded, and say how many more there are', () => {
    const env = Array.from({ length: 1000 }, () => ({ name: '1', value: '' }));
    const causes = new Causes();
    validatePodSpec(causes, 'spec', withContainer({ env }));
    expect(causes.list()).toHaveLength(101);
    expect(causes.list()[100]?.message).toBe('has 1899 more problems that are not listed here');
  });

  it('say what would be right and what was found', () => {
    const causes = new Causes();
    validatePodSpec(causes, 'spec', aPodSpec({ restartPolicy: word('SOMETIMES'), activeDeadlineSeconds: -5 }));
    expect(causes.list().map(({ message }) => message)).toEqual([
      'must be one of ALWAYS, ON_FAILURE, NEVER; "SOMETIMES" is none of them',
      'must be a whole number from 1 to 2147483647, not -5',
    ]);
  });
});
