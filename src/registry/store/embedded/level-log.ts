import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { makeDirectory } from '../../../base/directory';
import { systemIdentity } from '../../../base/identity';
import { StoreError } from '../../../errors/store-error';
import { toStoreError } from './level-errors';
import { decodePosition, decodeRecord, encodePosition, encodeRecord, recordFormat } from './record-codec';
import type { Acknowledged, LogBatch, LogLease, LogRecord, LogState, Position, RevisionLog } from './revision-log';

type Database = ClassicLevel<Buffer, Buffer>;
type Step = { type: 'put'; key: Buffer; value: Buffer } | { type: 'del'; key: Buffer };

const meta = {
  format: Buffer.from('mformat'),
  storeId: Buffer.from('mid'),
  head: Buffer.from('mhead'),
  scheduled: Buffer.from('mscheduled'),
  finished: Buffer.from('mfinished'),
  leaseCount: Buffer.from('mleases'),
};
const allRecords = { gte: Buffer.from('r'), lt: Buffer.from('s') };
const allLeases = { gte: Buffer.from('l'), lt: Buffer.from('m') };
const pageSize = 1000;

/** Opens or makes the log in this folder. IN_USE, MISCONFIGURED, CORRUPT, FULL. */
export async function openLevelLog(directory: string): Promise<RevisionLog> {
  // Values hold what users put into their containers' environment: nobody else's business. Before LevelDB's object, which
  // begins to open, and to make the folder in its own way, as soon as it is there.
  await makeDirectory(directory, 0o700).catch((error: unknown) => {
    throw toStoreError(error, directory);
  });
  const db: Database = new ClassicLevel(directory, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  try {
    await db.open();
    await prepare(db);
  } catch (error) {
    await db.close().catch(() => undefined);
    throw toStoreError(error, directory);
  }
  return new LevelLog(db, directory);
}

async function prepare(db: Database): Promise<void> {
  const format = (await db.get(meta.format))?.toString();
  if (format === undefined) {
    const fresh: Step[] = [put(meta.format, recordFormat), put(meta.storeId, systemIdentity.uid()), put(meta.head, 1)];
    await db.batch(fresh, { sync: true });
  } else if (format !== String(recordFormat)) {
    throw new StoreError('CORRUPT', `the data are in format ${format}, this podql reads format ${recordFormat}: use the podql that wrote them`);
  }
}

class LevelLog implements RevisionLog {
  constructor(
    private readonly db: Database,
    private readonly directory: string,
  ) {}

  state(): Promise<LogState> {
    return this.guard(async () => {
      const [storeId, head, scheduled, finished, leaseCount] = await this.db.getMany([
        meta.storeId,
        meta.head,
        meta.scheduled,
        meta.finished,
        meta.leaseCount,
      ]);
      return {
        storeId: String(storeId),
        head: number(head, 1),
        scheduled: number(scheduled, 1),
        finished: number(finished, 1),
        leaseCount: number(leaseCount, 0),
        leases: await this.leases(),
      };
    });
  }

  async *records(): AsyncGenerator<LogRecord, void, undefined> {
    const iterator = this.db.iterator(allRecords);
    try {
      for (;;) {
        const page = await this.guard(() => iterator.nextv(pageSize));
        if (page.length === 0) return;
        for (const [key, value] of page) yield decodeRecord(decodePosition(key), value);
      }
    } finally {
      await iterator.close();
    }
  }

  append(batch: LogBatch): Promise<void> {
    const steps: Step[] = batch.records.map((record) => ({ type: 'put', key: encodePosition(record), value: encodeRecord(record) }));
    for (const lease of batch.grantedLeases) steps.push(putLease(lease));
    for (const id of batch.removedLeases) steps.push({ type: 'del', key: leaseKey(id) });
    steps.push(put(meta.head, batch.head), put(meta.scheduled, batch.scheduled), put(meta.leaseCount, batch.leaseCount));
    return this.guard(() => this.db.batch(steps, { sync: true }));
  }

  read(positions: readonly Position[]): Promise<readonly (Uint8Array | null | undefined)[]> {
    return this.guard(async () => {
      const found = await this.db.getMany(positions.map(encodePosition));
      return positions.map((position, index) => {
        const bytes = found[index];
        return bytes && decodeRecord(position, bytes).value;
      });
    });
  }

  drop(positions: readonly Position[]): Promise<void> {
    return this.guard(() => this.db.batch(positions.map((position) => ({ type: 'del', key: encodePosition(position) }))));
  }

  finishCompaction(revision: number): Promise<void> {
    return this.guard(() => this.db.batch([put(meta.finished, revision)], { sync: true }));
  }

  /** LevelDB writes its current log out as a table when it opens. */
  async hasRoom(): Promise<boolean> {
    const { bavail, bsize } = await statfs(this.directory);
    const names = (await readdir(this.directory)).filter((name) => name.endsWith('.log'));
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(this.directory, name))).size));
    return bavail * bsize > 2 * sizes.reduce((sum, size) => sum + size, 0) + 2 ** 20;
  }

  reopen(): Promise<void> {
    return this.guard(async () => {
      await this.db.close();
      await this.db.open();
    });
  }

  restore(acknowledged: Acknowledged): Promise<void> {
    return this.guard(async () => {
      const { head } = await this.state();
      if (head < acknowledged.head) {
        throw new StoreError('CORRUPT', `data folder ${this.directory}: revision ${acknowledged.head} was acknowledged, but the disk ends at ${head}`);
      }
      const known = new Set(acknowledged.leases.map(({ id }) => id));
      const strangers = (await this.leases()).filter(({ id }) => !known.has(id));
      const unacknowledged = await this.db.keys({ ...allRecords, gte: encodePosition({ revision: acknowledged.head + 1, sub: 0 }) }).all();
      const steps: Step[] = [
        ...unacknowledged.map((key): Step => ({ type: 'del', key })),
        ...strangers.map(({ id }): Step => ({ type: 'del', key: leaseKey(id) })),
        ...acknowledged.leases.map(putLease),
        put(meta.head, acknowledged.head),
        put(meta.scheduled, acknowledged.scheduled),
        put(meta.leaseCount, acknowledged.leaseCount),
      ];
      await this.db.batch(steps, { sync: true });
    });
  }

  close(): Promise<void> {
    return this.guard(() => this.db.close());
  }

  private async leases(): Promise<LogLease[]> {
    const pairs = await this.db.iterator(allLeases).all();
    return pairs.map(([key, value]) => ({ id: key.toString('latin1', 1), ttlSeconds: number(value, 0) }));
  }

  private async guard<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw toStoreError(error, this.directory);
    }
  }
}

function put(key: Buffer, value: string | number): Step {
  return { type: 'put', key, value: Buffer.from(String(value)) };
}

function putLease({ id, ttlSeconds }: LogLease): Step {
  return put(leaseKey(id), ttlSeconds);
}

function leaseKey(id: string): Buffer {
  return Buffer.from(`l${id}`, 'latin1');
}

function number(bytes: Buffer | undefined, otherwise: number): number {
  const value = bytes ? Number(bytes.toString()) : otherwise;
  if (!Number.isSafeInteger(value)) throw new StoreError('CORRUPT', `not a whole number: ${String(bytes)}`);
  return value;
}
