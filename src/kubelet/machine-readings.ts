import { readFile, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { DiskReading, MachineReadings } from './node-conditions';

/** Measures this machine now. Never rejects: what cannot be read is not known. */
export async function readMachine(folders: readonly string[]): Promise<MachineReadings> {
  const disks = await Promise.all([...new Set(folders)].map(readDisk));
  return { memoryAvailableBytes: await readMemory(), disks: disks.filter((disk) => disk !== null) };
}

async function readMemory(): Promise<number | null> {
  try {
    return availableIn(await readFile('/proc/meminfo', 'latin1'));
  } catch {
    return null;
  }
}

/** MemAvailable of /proc/meminfo, in bytes; null when it is not there. Pure. */
export function availableIn(meminfo: string): number | null {
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * 1024;
}

/** What others than root may still fill. Of a folder that is not there yet: the disk on which it would be made. */
async function readDisk(folder: string): Promise<DiskReading | null> {
  for (let path = resolve(folder); ; path = dirname(path)) {
    try {
      const { bavail, blocks, bsize } = await statfs(path);
      return { folder, availableBytes: bavail * bsize, totalBytes: blocks * bsize };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || path === dirname(path)) return null;
    }
  }
}
