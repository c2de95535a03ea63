import type { PodSpec } from '../../../../../src/api/pod';
import { fitsPrepared, preparedByMemory, sandboxOptions } from '../../../../../src/kubelet/runtime/docker/sandbox-options';
import { aContainer, aPodSpec } from '../../../../support/builders';

const parts = { image: 'pause', labels: {}, hostname: 'web', volumes: [], dns: null };
const port = { name: null, containerPort: 80, hostPort: null, protocol: 'TCP' } as const;
const withPort = (hostPort: number | null): Partial<PodSpec> => ({ containers: [aContainer({ ports: [{ ...port, hostPort }] })] });

describe('a sandbox, as the engine is to make it', () => {
  test('has the pod\'s name and network', () => {
    expect(sandboxOptions(aPodSpec(), parts)).toMatchObject({ Hostname: 'web', HostConfig: { NetworkMode: 'default', IpcMode: 'shareable', RestartPolicy: { Name: 'no' } } });
  });

  test('on the host\'s network has no name and publishes nothing', () => {
    const made = sandboxOptions(aPodSpec({ hostNetwork: true, ...withPort(80) }), parts);
    expect(made).toMatchObject({ HostConfig: { NetworkMode: 'host', PortBindings: {} } });
    expect(made.Hostname).toBeUndefined();
  });

  test('publishes host ports, several of one port too', () => {
    const containers = [aContainer({ ports: [{ ...port, hostPort: 8080 }, { ...port, hostPort: 8081 }, { ...port, containerPort: 53, hostPort: 53, protocol: 'UDP' }, port] })];
    expect(sandboxOptions(aPodSpec({ containers }), parts)).toMatchObject({
      ExposedPorts: { '80/tcp': {}, '53/udp': {} },
      HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '8080' }, { HostPort: '8081' }], '53/udp': [{ HostPort: '53' }] } },
    });
  });

  test('publishes ports of sidecars, not of what only runs before the others', () => {
    const initContainers = [aContainer({ name: 'migrate', ports: [{ ...port, hostPort: 8080 }] }), aContainer({ name: 'proxy', restartPolicy: 'ALWAYS', ports: [{ ...port, containerPort: 90, hostPort: 9090 }] })];
    const containers = [aContainer({ ports: [{ ...port, hostPort: 8080 }] })];
    expect(sandboxOptions(aPodSpec({ initContainers, containers }), parts).HostConfig?.PortBindings).toEqual({ '80/tcp': [{ HostPort: '8080' }], '90/tcp': [{ HostPort: '9090' }] });
  });

  test('has the pod\'s DNS and hosts', () => {
    const dns = { Dns: ['10.0.0.1'], DnsSearch: ['example'], DnsOptions: ['ndots:2'] };
    expect(sandboxOptions(aPodSpec({ hostAliases: [{ ip: '10.0.0.9', hostnames: ['db', 'cache'] }] }), { ...parts, dns }).HostConfig).toMatchObject({
      ...dns,
      ExtraHosts: ['db:10.0.0.9', 'cache:10.0.0.9'],
    });
  });
});

describe('a prepared sandbox', () => {
  const emptyDir = (medium: string): Partial<PodSpec> => ({ volumes: [{ name: 'v', emptyDir: { medium, sizeLimit: null }, hostPath: null }] });
  test.each<[string, Partial<PodSpec>, boolean]>([
    ['a plain pod', {}, true],
    ['a container port', withPort(null), true],
    ['a folder', emptyDir(''), true],
    ['a host port', withPort(80), false],
    ['the host\'s network', { hostNetwork: true }, false],
    ['host aliases', { hostAliases: [{ ip: '10.0.0.9', hostnames: ['db'] }] }, false],
    ['its own DNS', { dnsPolicy: 'NONE', dnsConfig: { nameservers: ['10.0.0.1'], searches: [], options: [] } }, false],
    ['memory that must live as long as the sandbox', emptyDir('Memory'), false],
  ])('for %s', (_what, spec, fits) => {
    expect(fitsPrepared({ spec: aPodSpec(spec), hostname: null })).toBe(fits);
  });

  test('not where the pod has a name of its own', () => {
    expect(fitsPrepared({ spec: aPodSpec(), hostname: 'web' })).toBe(false);
  });

  test.each([
    ['unknown memory', 0, 3],
    ['512 MiB', 2 ** 29, 3],
    ['4 GiB', 2 ** 32, 7],
    ['64 GiB', 2 ** 36, 30],
  ])('so many of them wait on a machine with %s', (_what, memory, count) => {
    expect(preparedByMemory(memory)).toBe(count);
  });
});
