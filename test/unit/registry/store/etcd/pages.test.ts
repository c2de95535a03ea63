import type { Etcd3, IRangeRequest } from 'etcd3';
import type { Endpoints, EtcdCall } from '../../../../../src/registry/store/etcd/endpoints';
import { Pages } from '../../../../../src/registry/store/etcd/pages';
import { KeyRange } from '../../../../../src/registry/store/etcd/values';

/** An etcd that holds so many values of one size, and remembers what it was asked for. */
function holding(count: number, bytes: number): { pages: Pages; asked: number[]; revisions: unknown[] } {
  const asked: number[] = [];
  const revisions: unknown[] = [];
  const nameOf = (index: number): string => `/podql/a/${String(index).padStart(6, '0')}`;
  const range = ({ key, limit, revision }: { key: Buffer; limit: number; revision: number }): Promise<unknown> => {
    asked.push(limit);
    revisions.push(revision);
    const start = key.toString();
    const first = Array.from({ length: count }, (_, index) => index).findIndex((index) => nameOf(index) >= start);
    const from = first === -1 ? count : first;
    const kvs = Array.from({ length: Math.min(limit, count - from) }, (_, index) => ({
      key: Buffer.from(nameOf(from + index)), value: Buffer.alloc(bytes), create_revision: '1', mod_revision: '1', version: '1', lease: '0',
    }));
    return Promise.resolve({ header: { revision: '7' }, kvs, more: from + kvs.length < count });
  };
  const client = { kv: { range: (request: IRangeRequest) => range(request as never) } } as unknown as Etcd3;
  const endpoints = { read: <T>(call: EtcdCall<T>) => call(client, {}) } as unknown as Endpoints;
  return { pages: new Pages(endpoints, new KeyRange('/podql')), asked, revisions };
}

describe('pages of a list', () => {
  it('all come from the revision of the first', async () => {
    const { pages, revisions } = holding(450, 10);
    const { items, revision, more } = await pages.list('/a/', {});
    expect([items.length, revision, more]).toEqual([450, 7, false]);
    expect(new Set(items.map(({ key }) => key)).size).toBe(450);
    expect([revisions[0], new Set(revisions.slice(1))]).toEqual([0, new Set([7])]);
  });

  it('grow when values are small', async () => {
    const { pages, asked } = holding(5_000, 100);
    await pages.list('/a/', {});
    expect(asked).toEqual([100, 2_000, 2_000, 2_000]);
  });

  it('are about 1 MiB when values are middling, and no smaller than 100', async () => {
    const middling = holding(900, 4_096);
    await middling.pages.list('/a/', {});
    expect(middling.asked).toEqual([100, 256, 256, 256, 256]);
    const large = holding(150, 50_000);
    await large.pages.list('/a/', {});
    expect(large.asked).toEqual([100, 100]);
  });

  it('end at 16 MiB for who pages himself, and go on from there', async () => {
    const { pages } = holding(400, 100_000);
    const first = await pages.list('/a/', { limit: 1_000 });
    expect(first).toMatchObject({ more: true });
    expect(first.items).toHaveLength(200);
    const second = await pages.list('/a/', { limit: 1_000, revision: first.revision, afterKey: first.items.at(-1)?.key });
    expect(second.items).toHaveLength(200);
    expect(second.more).toBe(false);
    expect(second.items[0]?.key).toBe('/a/000200');
  });

  it('never hold more than was asked for', async () => {
    const { pages, asked } = holding(500, 10);
    const { items, more } = await pages.list('/a/', { limit: 120 });
    expect([items.length, more, asked]).toEqual([120, true, [100, 20]]);
  });
});
