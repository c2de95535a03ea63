import { randomBytes } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { makeDirectory } from '../../../base/directory';
import { lockDirectory } from '../directory-lock';
import { claim, readIfThere } from '../files';
import { readBootId } from '../process-identity';
import { RuntimeError } from '../runtime';
import type { Layout } from './layout';
import { layoutOf } from './layout';

/** The folder in which the runtime keeps what the engine does not, and which says who it is. */
export class RuntimeFolder {
  private whole: Layout;
  private unlock: (() => Promise<void>) | undefined;

  constructor(directory: string) {
    this.whole = layoutOf(resolve(directory));
  }

  get layout(): Layout {
    return this.whole;
  }

  /** For this process alone. Idempotent; rejects with UNAVAILABLE when another has it, or nothing can be written there. */
  async take(): Promise<void> {
    if (this.unlock) return;
    try {
      await makeDirectory(this.layout.root, 0o711);
      this.whole = layoutOf(resolve(await realpath(this.layout.root), '..'));
      await mkdir(this.layout.pods, { recursive: true, mode: 0o711 });
      this.unlock = await lockDirectory(this.layout.lock, await readBootId());
    } catch (error) {
      if (error instanceof RuntimeError) throw error;
      throw new RuntimeError('UNAVAILABLE', `the docker runtime cannot work in ${this.layout.root}: ${String(error)}`, error);
    }
  }

  /** Made once for each folder: two clusters on one engine never touch each other's containers, whatever their nodes are called. */
  async id(): Promise<string> {
    await claim(this.layout.id, randomBytes(8).toString('hex'));
    return (await readIfThere(this.layout.id))?.trim() ?? '';
  }

  async release(): Promise<void> {
    await this.unlock?.();
  }
}
