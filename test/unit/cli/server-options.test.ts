import { kubeletCommand } from '../../../src/cli/commands/kubelet';
import { serverCommand } from '../../../src/cli/commands/server';

/** What the options of `podql server` are read as, without starting one. */
function read(args: readonly string[]): Record<string, unknown> {
  const command = serverCommand().action(() => undefined);
  command.parse(args, { from: 'user' });
  return command.opts();
}

describe('what becomes of pods on lost nodes', () => {
  afterEach(() => {
    delete process.env.PODQL_NODE_TOLERATION_SECONDS;
  });

  test('stands on the command line or in the environment', () => {
    expect(read(['--node-toleration-seconds', '0', '--node-eviction-rate', '0.5'])).toMatchObject({ nodeTolerationSeconds: 0, nodeEvictionRate: 0.5 });
    process.env.PODQL_NODE_TOLERATION_SECONDS = '60';
    expect(read([])).toMatchObject({ nodeTolerationSeconds: 60 });
    expect(read([]).nodeEvictionRate).toBeUndefined();
  });
});

describe('--allow-origin', () => {
  afterEach(() => {
    delete process.env.PODQL_ALLOW_ORIGIN;
  });

  test('may stand several times', () => {
    expect(read(['--allow-origin', 'http://localhost:5173', '--allow-origin', 'https://a.example']).allowOrigin).toEqual(['http://localhost:5173', 'https://a.example']);
    expect(read([]).allowOrigin).toBeUndefined();
  });

  test('stands in the environment with commas, and the command line goes before it', () => {
    process.env.PODQL_ALLOW_ORIGIN = 'http://localhost:5173, https://a.example,';
    expect(read([]).allowOrigin).toEqual(['http://localhost:5173', 'https://a.example']);
    expect(read(['--allow-origin', 'https://b.example']).allowOrigin).toEqual(['https://b.example']);
  });
});

describe('what this machine is as a node', () => {
  afterEach(() => {
    delete process.env.PODQL_LEASE_SECONDS;
    delete process.env.PODQL_DEAD_CONTAINERS;
    delete process.env.PODQL_NODE_LABELS;
  });

  test('a server and a kubelet are told in the same words', () => {
    const words = ['--lease-seconds', '5', '--reserve-cpu', '500m', '--reserve-memory', '1Gi', '--disk-pressure-percent', '0', '--dead-containers', '0', '--node-labels', 'disk=ssd,zone=b'];
    const wanted = { leaseSeconds: 5, reserveCpu: '500m', reserveMemory: '1Gi', diskPressurePercent: 0, deadContainers: 0, nodeLabels: 'disk=ssd,zone=b' };
    expect(read(words)).toMatchObject(wanted);
    const kubelet = kubeletCommand().action(() => undefined);
    kubelet.parse(['--server', 'http://127.0.0.1:4000', ...words], { from: 'user' });
    expect(kubelet.opts()).toMatchObject(wanted);
  });

  test('they may stand in the environment', () => {
    process.env.PODQL_LEASE_SECONDS = '7';
    process.env.PODQL_DEAD_CONTAINERS = '3';
    process.env.PODQL_NODE_LABELS = 'disk=ssd';
    expect(read([])).toMatchObject({ leaseSeconds: 7, deadContainers: 3, nodeLabels: 'disk=ssd' });
  });
});
