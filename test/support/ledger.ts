import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { systemIdentity } from '../../src/base/identity';
import type { ProcessIdentity } from '../../src/kubelet/runtime/process-identity';
import { isAlive, parseStat, readBootId } from '../../src/kubelet/runtime/process-identity';
import { endEngine, type EngineRecord } from './docker/engine-remains';
import { endContainersIn, endProcess } from './left-behind';

/** What one test file has started that does not end by itself when the run is aborted. */
interface Page {
  readonly owner: ProcessIdentity;
  readonly processes: readonly ProcessIdentity[];
  /** Of process runtimes: their containers run on by design. */
  readonly runtimeFolders: readonly string[];
  /** Docker Engines: what they started and mounted outlives them. */
  readonly engines: readonly EngineRecord[];
}

/**
 * Of this user: nobody else may say what is to be ended. The number changes with what a page holds: an older working copy on
 * the same machine would close a page without having ended what it does not know.
 */
export const ledgerFolder = join(tmpdir(), `podql-test-ledger-2-${userInfo().uid}`);

/**
 * Written down before it is needed: an aborted run cannot clean up, so the next one does it for it (settleAbandoned, in
 * Jest's global setup). Only what stands here is ended, and a process only if pid, start time and boot are the same.
 */
export class Ledger {
  private page: Page | undefined;
  private path = '';

  constructor(private readonly folder: string) {}

  /** A process that was just spawned; undefined when the spawn failed. */
  recordProcess(pid: number | undefined): void {
    const identity = pid === undefined ? null : identityOf(pid);
    if (!identity) return;
    const page = this.open();
    this.write({ ...page, processes: [...page.processes, identity] });
  }

  /** Before a runtime starts anything there. */
  recordRuntimeFolder(path: string): void {
    const page = this.open();
    if (!page.runtimeFolders.includes(path)) this.write({ ...page, runtimeFolders: [...page.runtimeFolders, path] });
  }

  /** Before anything of it is made. */
  recordEngine(engine: EngineRecord): void {
    const page = this.open();
    this.write({ ...page, engines: [...page.engines, engine] });
  }

  /** Ends what is left of all that was recorded, and closes the page. How many processes there were. */
  async settle(): Promise<number> {
    const { page, path } = this;
    if (!page) return 0;
    this.page = undefined;
    const ended = await end(page);
    rmSync(path, { force: true });
    return ended;
  }

  private open(): Page {
    if (this.page) return this.page;
    const owner = identityOf(process.pid);
    if (!owner) throw new Error('this process is not in procfs');
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    chmodSync(this.folder, 0o700);
    this.path = join(this.folder, `${owner.pid}-${systemIdentity.uid()}.json`);
    this.page = { owner, processes: [], runtimeFolders: [], engines: [] };
    return this.page;
  }

  private write(page: Page): void {
    this.page = page;
    writeFileSync(`${this.path}.new`, JSON.stringify(page), { mode: 0o600 });
    renameSync(`${this.path}.new`, this.path);
  }
}

/** Ends what runs left behind that are not there any more. How many processes there were. */
export async function settleAbandoned(folder: string): Promise<number> {
  if (!isOurs(folder)) return 0;
  const bootId = await readBootId();
  let ended = 0;
  for (const name of (await readdir(folder)).filter((each) => each.endsWith('.json'))) {
    const path = join(folder, name);
    const page = parsePage(await readFile(path, 'utf8').catch(() => ''));
    if (page && (await isAlive(page.owner, bootId))) continue;
    if (page) ended += await end(page);
    for (const old of [path, `${path}.new`]) await rm(old, { force: true });
  }
  return ended;
}

async function end({ processes, runtimeFolders, engines }: Page): Promise<number> {
  const bootId = await readBootId();
  let ended = 0;
  // Whoever starts containers goes first, so that none is started while they are looked for.
  for (const identity of processes) ended += await endProcess(identity, bootId);
  for (const folder of runtimeFolders) ended += await endContainersIn(folder, bootId);
  for (const engine of engines) ended += await endEngine(engine);
  return ended;
}

function identityOf(pid: number): ProcessIdentity | null {
  try {
    const stat = parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return stat && { pid, startTime: stat.startTime, bootId };
  } catch {
    return null;
  }
}

function isOurs(folder: string): boolean {
  try {
    const found = lstatSync(folder);
    return found.isDirectory() && found.uid === userInfo().uid && (found.mode & 0o077) === 0;
  } catch {
    return false;
  }
}

function parsePage(text: string): Page | null {
  try {
    const page = JSON.parse(text) as Partial<Page>;
    return page.owner && page.processes && page.runtimeFolders && page.engines ? { owner: page.owner, processes: page.processes, runtimeFolders: page.runtimeFolders, engines: page.engines } : null;
  } catch {
    return null;
  }
}

/** This test file's. test/support/settle-ledger.ts settles it after the file's last test. */
export const ledger = new Ledger(ledgerFolder);
