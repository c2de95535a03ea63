import { EtcdGateway } from '../../../support/etcd/etcd-gateway';
import { describeWithEtcd, EtcdProcess } from '../../../support/etcd/etcd-process';
import { noOpenssl, readPem, TestAuthority } from '../../../support/tls';

const reason = noOpenssl();
const withOpenssl = reason === undefined ? describe : describe.skip;

describeWithEtcd('an etcd with TLS', () => {
  withOpenssl(`and certificates made for the test${reason ? ` (not here: ${reason})` : ''}`, () => {
    let authority: TestAuthority;
    let stranger: TestAuthority;
    let etcd: EtcdProcess;
    beforeAll(async () => {
      authority = TestAuthority.create();
      stranger = TestAuthority.create('somebody else');
      etcd = await EtcdProcess.start({ tls: { ...authority.server(), clientAuthority: authority.certificate } });
    });
    afterAll(async () => {
      await etcd.stop();
      authority.remove();
      stranger.remove();
    });

    it('lets in who shows a certificate of its authority', async () => {
      expect(await new EtcdGateway(etcd.url, readPem(authority, authority.client())).put('/a', '1')).toBe(2);
    });

    it('refuses who shows none, or one of another authority', async () => {
      // In the words of several OpenSSLs; or the connection is gone before they are read.
      const refusal = /certificate|unknown ca|ECONNRESET/;
      await expect(new EtcdGateway(etcd.url, readPem(authority)).revision()).rejects.toThrow(refusal);
      await expect(new EtcdGateway(etcd.url, readPem(authority, stranger.client())).revision()).rejects.toThrow(refusal);
    });

    it('is refused by who trusts another authority', async () => {
      await expect(new EtcdGateway(etcd.url, readPem(stranger, authority.client())).revision()).rejects.toThrow('unable to verify');
    });

    it('has its data after a restart', async () => {
      const gateway = new EtcdGateway(etcd.url, readPem(authority, authority.client()));
      await gateway.put('/kept', 'yes');
      await etcd.restart();
      expect(await gateway.get('/kept')).toBe('yes');
    });
  });
});
