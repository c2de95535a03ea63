import type { Container, PodSpec } from '../../../../../src/api/pod';
import { containerOptions } from '../../../../../src/kubelet/runtime/docker/container-options';
import { engineResources } from '../../../../../src/kubelet/runtime/docker/resources';
import { aContainer, aPodSpec } from '../../../../support/builders';

const gibibyte = 2 ** 30;

function optionsFor(container: Partial<Container>, spec: Partial<PodSpec> = {}, user: string | null = null) {
  const config = {
    identity: { podUid: 'u', containerName: 'main', attempt: 0, init: false },
    namespace: 'default',
    podName: 'web',
    container: aContainer(container),
    spec: aPodSpec(spec),
    extraEnv: { PODQL_POD_NAME: 'web' },
    notes: {},
    annotations: {},
  };
  const resources = engineResources(config.spec, config.container, 8 * gibibyte);
  return containerOptions(config, { labels: {}, sandboxId: 'abc', user, mounts: [], resources });
}

const security = { runAsUser: null, runAsGroup: null, runAsNonRoot: null, privileged: null, readOnlyRootFilesystem: null, allowPrivilegeEscalation: null, capabilities: { add: [], drop: [] } };

describe('a container, as the engine is to make it', () => {
  test.each([
    ['neither', {}, {}],
    ['args alone', { args: ['b'] }, { Cmd: ['b'] }],
    ['a command alone', { command: ['a'] }, { Entrypoint: ['a'] }],
    ['both', { command: ['a'], args: ['b'] }, { Entrypoint: ['a'], Cmd: ['b'] }],
  ])('%s', (_what, given, expected) => {
    const { Entrypoint, Cmd } = optionsFor({ command: [], args: [], ...given });
    expect({ Entrypoint, Cmd }).toEqual({ Entrypoint: undefined, Cmd: undefined, ...expected });
  });

  test('variables see those before them, and commands see all', () => {
    const { Env, Entrypoint, WorkingDir } = optionsFor({
      command: ['echo', '$(B)', '$$(B)', '$(NONE)'],
      workingDir: '/$(A)',
      env: [
        { name: 'A', value: 'a-$(PODQL_POD_NAME)' },
        { name: 'B', value: '$(A)!' },
      ],
    });
    expect(Env).toEqual(['PODQL_POD_NAME=web', 'A=a-web', 'B=a-web!']);
    expect(Entrypoint).toEqual(['echo', 'a-web!', '$(B)', '$(NONE)']);
    expect(WorkingDir).toBe('/a-web');
  });

  test('lives in its sandbox, and the engine never restarts it', () => {
    expect(optionsFor({}).HostConfig).toMatchObject({ NetworkMode: 'container:abc', IpcMode: 'container:abc', RestartPolicy: { Name: 'no' } });
  });

  test('may do what its security context says', () => {
    const made = optionsFor({
      securityContext: { ...security, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] } },
    });
    expect(made.HostConfig).toMatchObject({ ReadonlyRootfs: true, SecurityOpt: ['no-new-privileges'], CapAdd: ['NET_ADMIN'], CapDrop: ['ALL'], Privileged: false });
  });

  test('runs as whom it is told, else as the image says', () => {
    expect(optionsFor({}, {}, '1000:2000').User).toBe('1000:2000');
    expect(optionsFor({}).User).toBeUndefined();
  });

  test('does not run the health check of its image', () => {
    expect(optionsFor({}).Healthcheck).toEqual({ Test: ['NONE'] });
  });
});

describe('resources', () => {
  const asked = (requests: object, limits: object) => ({ requests: { cpu: null, memory: null, pods: null, ...requests }, limits: { cpu: null, memory: null, pods: null, ...limits } });
  const of = (resources: Container['resources']) => {
    const container = aContainer({ resources });
    return engineResources(aPodSpec({ containers: [container] }), container, 8 * gibibyte);
  };

  test.each([
    ['nothing said', asked({}, {}), { CpuShares: 2, OomScoreAdj: 1000 }],
    ['half a core asked for', asked({ cpu: '500m' }, {}), { CpuShares: 512, OomScoreAdj: 999 }],
    ['a limit stands for the request', asked({}, { cpu: '2' }), { CpuShares: 2048, CpuPeriod: 100_000, CpuQuota: 200_000, OomScoreAdj: 999 }],
    ['the kernel has a least quota', asked({}, { cpu: '1m' }), { CpuShares: 2, CpuPeriod: 100_000, CpuQuota: 1_000, OomScoreAdj: 999 }],
    ['memory without swap', asked({ memory: '2Gi' }, { memory: '4Gi' }), { CpuShares: 2, Memory: 4 * gibibyte, MemorySwap: 4 * gibibyte, OomScoreAdj: 750 }],
    [
      'guaranteed',
      asked({ cpu: '1', memory: '1Gi' }, { cpu: '1', memory: '1Gi' }),
      { CpuShares: 1024, CpuPeriod: 100_000, CpuQuota: 100_000, Memory: gibibyte, MemorySwap: gibibyte, OomScoreAdj: -997 },
    ],
  ])('%s', (_what, resources, expected) => {
    expect(of(resources)).toEqual(expected);
  });
});
