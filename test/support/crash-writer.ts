import { writeSync } from 'node:fs';
import { systemClock } from '../../src/base/clock';
import { silentLogger } from '../../src/base/logger';
import { openEmbeddedStore } from '../../src/registry/store/embedded/store';
import type { Key, Revision, Store } from '../../src/registry/store/store';

/**
 * A process that writes to the store in this folder until it is killed, and prints a line for each write that was
 * acknowledged, after it was. Usage: crash-writer.ts FOLDER RUN
 */
export interface Acknowledged {
  readonly key: Key;
  /** null: deleted. */
  readonly value: string | null;
  readonly revision: Revision;
}

function print(line: Acknowledged | { readonly ready: Revision }): void {
  // Synchronous: what was printed is out when the process is killed. A reader that is behind leaves the pipe full for a
  // moment; then the rest is tried again until it is out.
  let rest = Buffer.from(`${JSON.stringify(line)}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}

/** Creates, changes and deletes its own keys, one after the other. */
async function write(store: Store, name: string): Promise<never> {
  for (let round = 0; ; round += 1) {
    const key = `/${name}/${round % 7}`;
    const value = `${name}-${round}-${'x'.repeat((round * 37) % 3000)}`;
    const { item } = await store.get(key);
    const bytes = new TextEncoder().encode(value);
    if (!item) {
      const { revision } = await store.create(key, bytes);
      print({ key, value, revision });
    } else if (round % 5 === 0) {
      const { revision } = await store.delete(key, item.modRevision);
      print({ key, value: null, revision });
    } else {
      const { revision } = await store.update(key, bytes, item.modRevision);
      print({ key, value, revision });
    }
  }
}

async function compact(store: Store): Promise<never> {
  for (let kept = await store.currentRevision(); ; ) {
    const head = await store.currentRevision();
    if (head > kept + 150) {
      if (kept > (await store.oldestRevision())) await store.compact(kept);
      kept = head;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function main([folder = '', run = '']: string[]): Promise<void> {
  const store = await openEmbeddedStore({ directory: folder, clock: systemClock, logger: silentLogger });
  print({ ready: await store.currentRevision() });
  await Promise.all([...Array.from({ length: 8 }, (_, writer) => write(store, `run${run}-${writer}`)), compact(store)]);
}

void main(process.argv.slice(2));
