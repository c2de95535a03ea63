import { systemClock } from '../../../src/base/clock';
import { systemIdentity } from '../../../src/base/identity';
import { silentLogger } from '../../../src/base/logger';
import { isApiError } from '../../../src/errors/api-error';
import { isStoreError } from '../../../src/errors/store-error';
import { createRegistries, type Registries } from '../../../src/registry';
import type { EtcdStore } from '../../../src/registry/store/etcd/store';
import { EtcdPool } from '../../support/etcd/etcd-pool';
import { describeWithEtcd, describeWithNewerEtcd, type EtcdProcess } from '../../support/etcd/etcd-process';
import { endpointOf, storeAt } from '../../support/etcd/etcd-store';
import { readThrough } from '../../support/etcd/patient-reader';
import { eventually } from '../../support/eventually';
import { lastingPort } from '../../support/lasting-port';
import { aPodDraft } from '../../support/registries';
import { TcpProxy } from '../../support/tcp-proxy';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
/** Of an error no more than this: behind it hangs a whole connection. */
const inWords = (error: unknown): string => (isStoreError(error) || isApiError(error) ? `${error.code} ${error.outcome}` : String(error));

/** The same store; calls back when a write is about to be sent. */
function announcing(store: EtcdStore, beforeWrite: () => void): EtcdStore {
  const { create, update, delete: remove } = store;
  const announced = <Call extends unknown[], T>(write: (...call: Call) => Promise<T>) => (...call: Call): Promise<T> => {
    beforeWrite();
    return write.apply(store, call);
  };
  return Object.assign(store, { create: announced(create), update: announced(update), delete: announced(remove) });
}

function describeOn(binary: string): void {
  const pool = new EtcdPool({ binary, ahead: 1 });
  afterAll(() => pool.dispose());

  let etcd: EtcdProcess;
  let proxy: TcpProxy;
  /** Through the proxy, and past it. */
  let store: EtcdStore;
  let direct: EtcdStore;
  /** Whoever writes reads first, and is to get that answer. */
  let beforeWrite = (): void => undefined;

  beforeEach(async () => {
    etcd = await pool.take();
    proxy = await TcpProxy.start(etcd.ports.client);
    store = announcing(storeAt([`127.0.0.1:${proxy.port}`]), () => beforeWrite());
    direct = storeAt([endpointOf(etcd)]);
    // What follows is about calls on a connection that is there.
    await store.currentRevision();
  });
  afterEach(async () => {
    await store.close();
    await direct.close();
    proxy.stop();
    await etcd.stop();
  });

  const has = (key: string, wanted: string | null) => async (): Promise<boolean> => {
    const { item } = await direct.get(key);
    return wanted === null ? item === null : item !== null && Buffer.from(item.value).includes(wanted);
  };
  /** Begins the write, and loses its answer once etcd has applied it. */
  const losing = async (write: () => Promise<unknown>, applied: () => Promise<boolean>, after: () => void = () => undefined): Promise<string> => {
    beforeWrite = () => proxy.dropReplies();
    const said = write().then(() => 'success', inWords);
    await eventually(applied, 'the write');
    beforeWrite = () => undefined;
    after();
    proxy.cut();
    return said;
  };
  const eventsOf = async (key: string): Promise<number> => {
    const { seen } = await readThrough(direct, key, { after: 1, upTo: await direct.currentRevision() });
    return seen.length;
  };

  describe('a write whose answer is lost after etcd applied it', () => {
    it('create: its outcome is unknown, and it happened once', async () => {
      await expect(losing(() => store.create('/a', bytes('new')), has('/a', 'new'))).resolves.toBe('UNAVAILABLE unknown');
      await proxy.pass();
      await expect(store.get('/a')).resolves.toMatchObject({ item: { version: 1 } });
      expect(await eventsOf('/a')).toBe(1);
    });

    it('update: its outcome is unknown, and it happened once', async () => {
      const { revision } = await direct.create('/a', bytes('old'));
      await expect(losing(() => store.update('/a', bytes('new'), revision), has('/a', 'new'))).resolves.toBe('UNAVAILABLE unknown');
      await proxy.pass();
      await expect(store.get('/a')).resolves.toMatchObject({ item: { version: 2 } });
      expect(await eventsOf('/a')).toBe(2);
    });

    it('delete: its outcome is unknown, and it happened once', async () => {
      const { revision } = await direct.create('/a', bytes('old'));
      await expect(losing(() => store.delete('/a', revision), has('/a', null))).resolves.toBe('UNAVAILABLE unknown');
      await proxy.pass();
      await expect(store.get('/a')).resolves.toMatchObject({ item: null });
      expect(await eventsOf('/a')).toBe(2);
    });
  });

  describe('a write that never reached etcd', () => {
    it('is known not to have happened', async () => {
      // A connection that is cut under a write proves nothing: this one never was.
      const unconnected = storeAt([`127.0.0.1:${await lastingPort()}`]);
      await expect(unconnected.create('/a', bytes('new'))).rejects.toMatchObject({ code: 'UNAVAILABLE', outcome: 'notApplied' });
      await expect(direct.get('/a')).resolves.toMatchObject({ item: null });
      await unconnected.close();
    });

    it('is tried again at another endpoint', async () => {
      const both = storeAt([`127.0.0.1:${await lastingPort()}`, endpointOf(etcd)]);
      await both.create('/a', bytes('new'));
      await expect(both.get('/a')).resolves.toMatchObject({ item: { version: 1 } });
      await both.close();
    });
  });

  describe('to a user of the registries', () => {
    const ref = { namespace: 'default', name: 'web' };
    const key = '/registry/pods/default/web';
    let registries: Registries;

    beforeEach(async () => {
      registries = createRegistries({ store, clock: systemClock, identity: systemIdentity, logger: silentLogger });
      await registries.ready(new AbortController().signal);
    });
    afterEach(async () => {
      await proxy.pass();
      await registries.close();
    });

    const create = (): Promise<unknown> => registries.pods.create(aPodDraft('web'));
    const label = (): Promise<unknown> => registries.pods.update(ref, (pod) => ({ ...pod, labels: { changed: 'yes' } }));
    const remove = (): Promise<unknown> => registries.pods.delete(ref);
    const writes = [
      { name: 'create', prepare: () => Promise.resolve(), write: create, applied: has(key, 'web'), version: 1 },
      { name: 'update', prepare: create, write: label, applied: has(key, 'changed'), version: 2 },
      { name: 'delete', prepare: create, write: remove, applied: has(key, null), version: null },
    ];

    it.each(writes)('$name that lost its answer is a success when it can be read back', async ({ prepare, write, applied, version }) => {
      await prepare();
      await expect(losing(write, applied, () => void proxy.pass())).resolves.toBe('success');
      const { item } = await direct.get(key);
      expect(item?.version ?? null).toBe(version);
    });

    it.each(writes)('$name that lost its answer is TIMEOUT with outcome unknown when it cannot be read back', async ({ prepare, write, applied, version }) => {
      await prepare();
      await expect(losing(write, applied, () => proxy.refuse())).resolves.toBe('TIMEOUT unknown');
      const { item } = await direct.get(key);
      expect(item?.version ?? null).toBe(version);
    });

    it('is never told of a conflict with itself, wherever the connection is cut', async () => {
      await create();
      for (let cut = 1; cut <= 12; cut += 1) {
        proxy.cutAfterReplies(cut * 25);
        const wanted = String(cut);
        const said = await registries.pods.update(ref, (pod) => ({ ...pod, labels: { wanted } })).then(({ labels }) => labels['wanted'], inWords);
        await proxy.pass();
        expect([wanted, 'TIMEOUT unknown', 'SERVICE_UNAVAILABLE notApplied']).toContain(said);
      }
    });
  });
}

describeWithEtcd('a lost reply', describeOn);
describeWithNewerEtcd('a lost reply of a newer etcd', describeOn);
