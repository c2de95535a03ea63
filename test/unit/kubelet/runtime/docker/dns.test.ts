import { dnsOf, parseResolvConf } from '../../../../../src/kubelet/runtime/docker/dns';

const node = { nameservers: ['192.0.2.1', '192.0.2.2'], searches: ['corp.example'], options: ['ndots:5', 'rotate'] };
const config = { nameservers: ['10.0.0.1', '192.0.2.1'], searches: ['svc.example'], options: [{ name: 'ndots', value: '2' }, { name: 'edns0', value: null }] };

describe('what a pod asks for names', () => {
  test('is the node\'s, by the engine, when it says nothing', () => {
    for (const dnsPolicy of ['DEFAULT', 'CLUSTER_FIRST', 'CLUSTER_FIRST_WITH_HOST_NET'] as const) expect(dnsOf({ dnsPolicy, dnsConfig: null }, node)).toBeNull();
  });

  test('is put after the node\'s, each once; of an option said twice its own counts', () => {
    expect(dnsOf({ dnsPolicy: 'CLUSTER_FIRST', dnsConfig: config }, node)).toEqual({ Dns: ['192.0.2.1', '192.0.2.2', '10.0.0.1'], DnsSearch: ['corp.example', 'svc.example'], DnsOptions: ['rotate', 'ndots:2', 'edns0'] });
  });

  test('is no more than three servers', () => {
    expect(dnsOf({ dnsPolicy: 'DEFAULT', dnsConfig: { ...config, nameservers: ['10.0.0.1', '10.0.0.2'] } }, node)?.Dns).toEqual(['192.0.2.1', '192.0.2.2', '10.0.0.1']);
  });

  test('is its own alone with NONE, and nothing of the node where it says nothing', () => {
    expect(dnsOf({ dnsPolicy: 'NONE', dnsConfig: config }, node)).toEqual({ Dns: ['10.0.0.1', '192.0.2.1'], DnsSearch: ['svc.example'], DnsOptions: ['ndots:2', 'edns0'] });
    expect(dnsOf({ dnsPolicy: 'NONE', dnsConfig: { nameservers: ['10.0.0.1'], searches: [], options: [] } }, node)).toEqual({ Dns: ['10.0.0.1'], DnsSearch: ['.'], DnsOptions: ['ndots:1'] });
  });
});

test('a resolv.conf is read as the resolver reads it', () => {
  const text = '# made by hand\nnameserver 192.0.2.1 # the first\n nameserver\tfe80::1\ndomain old.example\nsearch corp.example  lab.example\noptions ndots:5 rotate\noptions timeout:1\n; over\nnameserver\n';
  expect(parseResolvConf(text)).toEqual({ nameservers: ['192.0.2.1', 'fe80::1'], searches: ['corp.example', 'lab.example'], options: ['ndots:5', 'rotate', 'timeout:1'] });
  expect(parseResolvConf('')).toEqual({ nameservers: [], searches: [], options: [] });
});
