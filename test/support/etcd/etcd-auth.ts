import { Etcd3 } from 'etcd3';
import type { EtcdProcess } from './etcd-process';
import { endpointOf } from './etcd-store';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Turns on an etcd's users and roles: "podql" may read and write below /podql/, until told otherwise. */
export class EtcdAuth {
  private constructor(private readonly root: Etcd3) {}

  static async enable(etcd: EtcdProcess, password: string): Promise<EtcdAuth> {
    const { gateway } = etcd;
    const tell = (path: string, body: object): Promise<unknown> => gateway.post(`/v3/auth/${path}`, body);
    await tell('role/add', { name: 'root' });
    await tell('role/add', { name: 'podql' });
    await tell('role/grant', { name: 'podql', perm: { permType: 'READWRITE', key: base64('/podql/'), range_end: base64('/podql0') } });
    for (const name of ['root', 'podql']) {
      await tell('user/add', { name, password });
      await tell('user/grant', { user: name, role: name });
    }
    await tell('enable', {});
    return new EtcdAuth(new Etcd3({ hosts: endpointOf(etcd), auth: { username: 'root', password } }));
  }

  async takeRole(): Promise<void> {
    await this.root.auth.userRevokeRole({ name: 'podql', role: 'podql' });
  }

  async giveRole(): Promise<void> {
    await this.root.auth.userGrantRole({ user: 'podql', role: 'podql' });
  }

  close(): void {
    this.root.close();
  }
}
