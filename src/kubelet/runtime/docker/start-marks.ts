import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { namesIn, orFault, readIfThere } from '../files';
import type { ContainerIdentity, ContainerRecord } from '../runtime';
import type { Layout } from './layout';
import { startFile, startsFolder } from './layout';

/**
 * A mark beside the engine for each attempt that it was asked to start. An engine forgets what somebody removes by hand; without the
 * mark a container that ran and was removed before any status told of it would be run a second time.
 */
export class StartMarks {
  /** By container id: what is to be said of it should the engine not know it any more. */
  private readonly marked = new Map<string, ContainerRecord>();

  constructor(private readonly layout: () => Layout) {}

  /** Takes over what earlier kubelets left. */
  async open(): Promise<void> {
    for (const podUid of await namesIn(this.layout().pods)) {
      const folder = startsFolder(this.layout(), podUid);
      for (const name of await namesIn(folder)) {
        const record = parse(await readIfThere(join(folder, name)));
        if (record) this.marked.set(record.id, record);
      }
    }
  }

  /** False: it was marked before. Not synced: what a machine takes with it when it goes down, the engine still knows. */
  async put(record: ContainerRecord): Promise<boolean> {
    if (this.marked.has(record.id)) return false;
    const path = startFile(this.layout(), record.identity);
    const lost: ContainerRecord = { ...record, phase: 'exited', exit: null };
    await orFault('the start of a container cannot be noted', async () => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, JSON.stringify(lost));
    });
    this.marked.set(record.id, lost);
    return true;
  }

  /** Null: it was never started, as far as is known here. */
  lost(id: string): ContainerRecord | null {
    return this.marked.get(id) ?? null;
  }

  all(): readonly ContainerRecord[] {
    return [...this.marked.values()];
  }

  /** At once in memory: what is being removed from here is not lost. */
  async forget(id: string, identity: ContainerIdentity): Promise<void> {
    this.marked.delete(id);
    await rm(startFile(this.layout(), identity), { force: true });
  }

  /** Its folder is gone. */
  forgetPod(podUid: string): void {
    for (const [id, { identity }] of this.marked) if (identity.podUid === podUid) this.marked.delete(id);
  }
}

/** Null when its writing was cut off: then nothing was started yet. */
function parse(text: string | null): ContainerRecord | null {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return typeof value === 'object' && value !== null && 'id' in value && 'identity' in value ? (value as ContainerRecord) : null;
  } catch {
    return null;
  }
}
