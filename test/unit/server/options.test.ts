import { join, resolve } from 'node:path';
import { isLoopbackHost, parseListenAddress, urlOf } from '../../../src/server/listen-address';
import { compileSettings, defaultLimits, type ServerSettings } from '../../../src/server/options';

const compile = (settings: ServerSettings) => compileSettings(settings, { nodeName: 'machine' });

describe('settings', () => {
  test('nothing said is a safe server with its data below this folder', () => {
    expect(compile({})).toMatchObject({
      listen: { host: '127.0.0.1', port: 4000, loopback: true },
      store: `embedded:${resolve('podql-data')}`,
      dataPlace: resolve('podql-data'),
      runtime: 'auto',
      runtimeFolder: resolve('podql-data', 'node'),
      nodeName: 'machine',
      tokenFile: null,
      allowOrigins: [],
      processImages: 'refuse',
      eviction: { nodeTolerationSeconds: 300, nodesPerSecond: 0.1 },
      limits: defaultLimits,
    });
  });

  test.each(['0.0.0.0:4000', ':4000', '[::]:4000', '192.168.1.5:80', 'example.org:4000'])('%s without tokens is refused', (listen) => {
    expect(() => compile({ listen })).toThrow(expect.objectContaining({ code: 'TOKENS_REQUIRED', message: expect.stringContaining('--token-file') }));
    expect(compile({ listen, tokenFile: 'tokens.yaml' }).listen.loopback).toBe(false);
  });

  test('origins that are let in stand as browsers say them, each once', () => {
    const allowOrigin = ['https://Dashboard.example', 'https://dashboard.example:443/', 'http://localhost:5173'];
    expect(compile({ allowOrigin }).allowOrigins).toEqual(['https://dashboard.example', 'http://localhost:5173']);
  });

  test.each(['*', 'null', '', 'dashboard.example', 'https://dashboard.example/path', 'https://user@dashboard.example', 'https://*.example?x', 'file:///tmp'])(
    '%j is not an origin',
    (origin) => {
      expect(() => compile({ allowOrigin: [origin] })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('--allow-origin') }));
    },
  );

  test('what is said of Docker', () => {
    expect(compile({}).docker).toEqual({ host: null, preparedSandboxes: null, credentialsFile: null });
    expect(compile({ dockerHost: 'unix:///run/docker.sock', preparedSandboxes: 0, registryCredentials: '/etc/config.json' }).docker).toEqual({
      host: 'unix:///run/docker.sock',
      preparedSandboxes: 0,
      credentialsFile: '/etc/config.json',
    });
  });

  test('what is said of this machine as a node', () => {
    expect(compile({}).node).toEqual({ leaseDurationSeconds: 40, reserved: { cpuMilli: 0, memoryBytes: 0 }, diskPressurePercent: 10, deadContainers: 1, labels: {} });
    expect(compile({ leaseSeconds: 5, reserveCpu: '0.5', reserveMemory: '1Gi', diskPressurePercent: 0, deadContainers: 0, nodeLabels: 'disk=ssd, example.com/rack=7,empty=,' }).node).toEqual({
      leaseDurationSeconds: 5,
      reserved: { cpuMilli: 500, memoryBytes: 2 ** 30 },
      diskPressurePercent: 0,
      deadContainers: 0,
      labels: { disk: 'ssd', 'example.com/rack': '7', empty: '' },
    });
  });

  test('where a machine stands is a label of Kubernetes that a person gives', () => {
    const labels = { 'topology.kubernetes.io/region': 'eu', 'topology.kubernetes.io/zone': 'eu-1' };
    expect(compile({ nodeLabels: Object.entries(labels).map((pair) => pair.join('=')).join(',') }).node.labels).toEqual(labels);
  });

  test.each(['ssd', '=ssd', 'disk=ssd,disk=hdd', 'a b=c', 'disk=s s', '/x=y', `disk=${'x'.repeat(64)}`, 'kubernetes.io/hostname=other', 'node-role.kubernetes.io/x=', 'podql.io/x=y', 'a.k8s.io/x=y'])(
    'the label %j is refused',
    (nodeLabels) => {
      expect(() => compile({ nodeLabels })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('--node-labels') }));
    },
  );

  test.each([{ leaseSeconds: 0 }, { leaseSeconds: 3601 }, { leaseSeconds: 1.5 }, { reserveCpu: 'much' }, { reserveMemory: '-1Gi' }, { diskPressurePercent: 100 }, { diskPressurePercent: Number.NaN }, { deadContainers: -1 }, { deadContainers: 0.5 }])(
    '%j is refused of a node',
    (settings) => {
      expect(() => compile(settings)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    },
  );

  test.each([{ dockerHost: '/run/docker.sock' }, { dockerHost: 'ssh://somewhere' }, { preparedSandboxes: 51 }, { preparedSandboxes: 1.5 }])('%j is refused', (settings) => {
    expect(() => compile(settings)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  test.each([
    ['a store of another kind', { store: 'postgres://localhost' }],
    ['a store without a folder', { store: 'embedded:' }],
    ['a certificate for etcd without its key', { store: 'etcd://localhost:2379/podql', etcdCa: 'ca.pem', etcdCert: 'cert.pem' }],
    ['a CA for etcd that is not there', { store: 'etcd://localhost:2379/podql', etcdCa: '/nowhere/ca.pem' }],
    ['a user of etcd without a password', { store: 'etcd://localhost:2379/podql', etcdUser: 'podql' }],
    ['a node name that is none', { nodeName: 'My Machine' }],
    ['a history that is too short', { history: 5 }],
    ['a toleration of a part of a second', { nodeTolerationSeconds: 0.5 }],
    ['a toleration below zero', { nodeTolerationSeconds: -1 }],
    ['a rate of no nodes', { nodeEvictionRate: 0 }],
    ['an address without a port', { listen: '127.0.0.1' }],
    ['a port that is none', { listen: '127.0.0.1:70000' }],
  ])('%s is refused', (_what, settings) => {
    expect(() => compile(settings)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  test('a password in the address of etcd is refused and not repeated', () => {
    const refused = (): unknown => compile({ store: 'etcd://root:secret@localhost:2379/podql' });
    expect(refused).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('--etcd-password-file') }));
    expect(refused).not.toThrow(/secret/);
  });

  test.each(['embedded:/var/lib/podql', 'embedded:///var/lib/podql'])('%s names an absolute folder', (store) => {
    expect(compile({ store })).toMatchObject({ store: 'embedded:/var/lib/podql', runtimeFolder: join('/var/lib/podql', 'node') });
  });

  test('a limit that is given leaves the others', () => {
    expect(compile({ limits: { sockets: 3 } }).limits).toEqual({ ...defaultLimits, sockets: 3 });
  });
});

describe('addresses', () => {
  test.each([
    ['4000', { host: '127.0.0.1', port: 4000, loopback: true }],
    ['localhost:0', { host: 'localhost', port: 0, loopback: true }],
    ['[::1]:4000', { host: '::1', port: 4000, loopback: true }],
    ['127.8.9.1:4000', { host: '127.8.9.1', port: 4000, loopback: true }],
    ['10.0.0.1:4000', { host: '10.0.0.1', port: 4000, loopback: false }],
  ])('%s', (text, expected) => {
    expect(parseListenAddress(text)).toEqual(expected);
  });

  test.each(['localhost', '127.0.0.1', '[::1]', 'LOCALHOST'])('%s is loopback', (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });

  test.each(['localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1', '::2', ''])('%s is not', (host) => {
    expect(isLoopbackHost(host)).toBe(false);
  });

  test.each([
    ['0.0.0.0', 'http://127.0.0.1:80'],
    ['::', 'http://[::1]:80'],
    ['::1', 'http://[::1]:80'],
    ['example.org', 'http://example.org:80'],
  ])('a person opens %s at %s', (host, url) => {
    expect(urlOf(host, 80)).toBe(url);
  });
});
