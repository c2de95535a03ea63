import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemClock } from '../../src/base/clock';
import { silentLogger } from '../../src/base/logger';
import { openEmbeddedStore } from '../../src/registry/store/embedded/store';
import type { Key, Revision, Store } from '../../src/registry/store/store';
import type { Acknowledged } from '../support/crash-writer';
import { temporaryFolder } from '../support/temporary-folder';
import { WatchReader } from '../support/watch-reader';
import { ledger } from '../support/ledger';

const rounds = 8;
const support = join(__dirname, '../support');

interface Killed {
  readonly acknowledged: Acknowledged[];
  /** The revision at which it found the store. */
  readonly ready: Revision;
}

/** Starts a writer, and kills it with SIGKILL in the middle of its work, when it has printed that many lines. */
async function writeAndKill(folder: string, run: number, lines: number): Promise<Killed> {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--import', 'tsx', join(support, 'crash-writer.ts'), folder, String(run)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  ledger.recordProcess(child.pid);
  const exited = once(child, 'exit');
  const acknowledged: Acknowledged[] = [];
  let ready: Revision | undefined;
  if (!child.stdout) throw new Error('no output to read');
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as Acknowledged | { ready: Revision };
    if ('ready' in said) ready = said.ready;
    else acknowledged.push(said);
    if (acknowledged.length >= lines) child.kill('SIGKILL');
  }
  const [code, signal] = await exited;
  if (signal !== 'SIGKILL' || ready === undefined) throw new Error(`the writer ended by itself: ${code}`);
  return { acknowledged, ready };
}

async function historyOf(store: Store): Promise<Map<Revision, Acknowledged>> {
  const oldest = await store.oldestRevision();
  const { batches } = await new WatchReader(store, '/', oldest).untilProgress();
  const events = batches.flatMap(({ revision, events: [event] }) => (event ? [{ revision, event }] : []));
  expect(events.map(({ revision }) => revision)).toEqual(events.map((_, index) => oldest + 1 + index));
  const decoder = new TextDecoder();
  return new Map(
    events.map(({ revision, event }) => [
      revision,
      { key: event.key, value: event.item ? decoder.decode(event.item.value) : null, revision },
    ]),
  );
}

describe('the embedded store under kill -9', () => {
  it('loses no acknowledged write, keeps the history without gaps, and goes on (S13)', async () => {
    const folder = await temporaryFolder('crash');
    const newest = new Map<string, Acknowledged>();
    let head = 1;
    try {
      for (let round = 0; round < rounds; round += 1) {
        const { acknowledged, ready } = await writeAndKill(folder.path, round, 1 + Math.floor(Math.random() * 800));
        expect(ready).toBe(head);
        for (const write of acknowledged) {
          if ((newest.get(write.key)?.revision ?? 0) < write.revision) newest.set(write.key, write);
        }
        const store = await openEmbeddedStore({ directory: folder.path, clock: systemClock, logger: silentLogger });
        try {
          head = await store.currentRevision();
          expect(head).toBeGreaterThanOrEqual(Math.max(...acknowledged.map(({ revision }) => revision)));
          const history = await historyOf(store);
          const oldest = await store.oldestRevision();
          for (const write of acknowledged) {
            if (write.revision > oldest) expect(history.get(write.revision)).toEqual(write);
          }
          for (const write of newest.values()) newest.set(write.key, expectKept(write, await read(store, write.key), history));
        } finally {
          await store.close();
        }
      }
    } finally {
      await folder.remove();
    }
  }, 120_000);
});

async function read(store: Store, key: Key): Promise<Acknowledged | null> {
  const { item } = await store.get(key);
  return item && { key, value: new TextDecoder().decode(item.value), revision: item.modRevision };
}

/**
 * The key is as it was acknowledged, or has a later write whose answer the crash has swallowed. Answers what is there: from
 * now on it has been seen, and must stay.
 */
function expectKept(write: Acknowledged, found: Acknowledged | null, history: ReadonlyMap<Revision, Acknowledged>): Acknowledged {
  if (found && found.revision > write.revision) return found;
  if (found) {
    expect(found).toEqual(write);
    return write;
  }
  if (write.value === null) return write;
  const deletion = [...history.values()].find(({ key, value, revision }) => key === write.key && value === null && revision > write.revision);
  if (!deletion) throw new Error(`${write.key} was acknowledged at revision ${write.revision} and is gone`);
  return deletion;
}
