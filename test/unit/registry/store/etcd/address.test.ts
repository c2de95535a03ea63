import { parseEtcdAddress } from '../../../../../src/registry/store/etcd/address';

describe('the address of an etcd', () => {
  it.each([
    ['//a:2379', ['a:2379'], '/podql'],
    ['//a:2379/', ['a:2379'], '/podql'],
    ['//a:2379,b.example.org:2380/clusters/one', ['a:2379', 'b.example.org:2380'], '/clusters/one'],
    ['//a:2379/one/', ['a:2379'], '/one'],
    ['//[::1]:2379', ['[::1]:2379'], '/podql'],
  ])('%s is understood', (rest, endpoints, root) => {
    expect(parseEtcdAddress(rest)).toEqual({ endpoints, root });
  });

  it.each([
    ['a:2379', 'the address is missing'],
    ['//', '"" is not HOST:PORT'],
    ['//a', '"a" is not HOST:PORT'],
    ['//a:0', '"a:0" is not HOST:PORT'],
    ['//a:65536', 'is not HOST:PORT'],
    ['//http://a:2379', 'is not HOST:PORT'],
    ['//a:1,a:1', 'an endpoint is named twice'],
    ['//a:1/one//two', 'is not a prefix'],
    ['//a:1/ü', 'is not a prefix'],
    ['//me:secret@a:1', 'use --etcd-user'],
  ])('%s is refused, and why', (rest, reason) => {
    expect(() => parseEtcdAddress(rest)).toThrow(expect.objectContaining({ code: 'MISCONFIGURED', message: expect.stringContaining(reason) as string }));
  });

  it('keeps a password out of its words', () => {
    expect(() => parseEtcdAddress('//me:secret@a:1')).toThrow(expect.not.objectContaining({ message: expect.stringContaining('secret') as string }));
  });
});
