import { readFileSync } from 'node:fs';
import { plainEtcd, type EtcdTls } from '../../../src/registry/store/etcd/settings';
import { describeWithEtcd, EtcdProcess } from '../../support/etcd/etcd-process';
import { ServerOnEtcd } from '../../support/etcd/etcd-server';
import { endpointOf, storeAt } from '../../support/etcd/etcd-store';
import { noOpenssl, TestAuthority, type TlsPair } from '../../support/tls';

const reason = noOpenssl();
const withOpenssl = reason === undefined ? describe : describe.skip;

describeWithEtcd('an etcd that speaks TLS', (binary) => {
  withOpenssl(`and wants client certificates${reason ? ` (not here: ${reason})` : ''}`, () => {
    let authority: TestAuthority;
    let stranger: TestAuthority;
    let ours: TlsPair;
    let etcd: EtcdProcess;
    beforeAll(async () => {
      authority = TestAuthority.create();
      stranger = TestAuthority.create('somebody else');
      ours = authority.client();
      etcd = await EtcdProcess.start({ binary, tls: { ...authority.server(), clientAuthority: authority.certificate } });
    });
    afterAll(async () => {
      await etcd.stop();
      authority.remove();
      stranger.remove();
    });

    const tlsOf = (trusted: TestAuthority, pair?: TlsPair): EtcdTls => ({
      ca: readFileSync(trusted.certificate),
      cert: pair ? readFileSync(pair.certificate) : null,
      key: pair ? readFileSync(pair.key) : null,
    });
    const troubleWith = async (tls: EtcdTls | null, endpoint = endpointOf(etcd)): Promise<string> => {
      const store = storeAt([endpoint], { settings: { ...plainEtcd, tls } });
      const findings = await store.diagnose();
      await store.close();
      return findings.filter(({ severity }) => severity !== 'advice').map(({ message }) => message).join('; ');
    };

    it('serves a server that has one, over its restart', async () => {
      const server = await ServerOnEtcd.start([endpointOf(etcd)], { etcdCa: authority.certificate, etcdCert: ours.certificate, etcdKey: ours.key });
      await expect(server.createPod('before')).resolves.toBe('done');
      await etcd.restart();
      await server.recovered();
      await server.close();
    });

    it('nothing is wrong with the right ones', async () => {
      expect(await troubleWith(tlsOf(authority, ours))).toBe('');
    });

    it('no client certificate: says which options to give', async () => {
      expect(await troubleWith(tlsOf(authority))).toContain('it wants a client certificate: give --etcd-cert and --etcd-key');
    });

    it('a client certificate of another authority: says what is wrong with it', async () => {
      expect(await troubleWith(tlsOf(authority, stranger.client()))).toContain('signed by a CA that it trusts');
    });

    it('another authority for the server: says which option is wrong', async () => {
      expect(await troubleWith(tlsOf(stranger, ours))).toContain('its certificate is not signed by the CA given with --etcd-ca');
    });

    it('no TLS to it: says which option is missing', async () => {
      expect(await troubleWith(null)).toContain('If it speaks TLS only, give --etcd-ca');
    });

    it('TLS to one that speaks none: says which option is too much', async () => {
      const plain = await EtcdProcess.start({ binary });
      expect(await troubleWith(tlsOf(authority, ours), endpointOf(plain))).toContain('it does not speak TLS, as it seems: leave out --etcd-ca');
      await plain.stop();
    });
  });
});
