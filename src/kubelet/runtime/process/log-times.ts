import { open, stat, truncate } from 'node:fs/promises';
import { codeOf } from '../files';

/** offset and milliseconds, two doubles. */
const entryBytes = 16;

/**
 * When which part of a log was written. The program writes straight into its log, so nobody stamps its lines; instead
 * we look at the log often and note "up to this byte by this time". A line's time is that of the first note which
 * covers its first byte: exact for a program that writes now and then, late by the time between two looks for one that
 * writes all the time, and the time of the last write for what was written while no kubelet was running.
 */
export interface LogTimes {
  /** The time of the byte at this offset, for ascending offsets; null when no note covers it. */
  at(offset: number): number | null;
}

/** The size of the log at the last note; 0 without notes. */
export async function lastNote(path: string): Promise<{ offset: number; time: number }> {
  let file;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { offset: 0, time: 0 };
    throw error;
  }
  try {
    const { size } = await file.stat();
    const count = Math.floor(size / entryBytes);
    // A crash may have left half a note: cut it off, so that the next one is in step.
    if (size % entryBytes !== 0) await truncate(path, count * entryBytes);
    if (count === 0) return { offset: 0, time: 0 };
    const { buffer } = await file.read(Buffer.alloc(entryBytes), 0, entryBytes, (count - 1) * entryBytes);
    return { offset: buffer.readDoubleLE(0), time: buffer.readDoubleLE(8) };
  } finally {
    await file.close();
  }
}

export async function addNote(path: string, note: { offset: number; time: number }): Promise<void> {
  const entry = Buffer.alloc(entryBytes);
  entry.writeDoubleLE(note.offset, 0);
  entry.writeDoubleLE(note.time, 8);
  const file = await open(path, 'a', 0o600);
  try {
    await file.write(entry);
  } finally {
    await file.close();
  }
}

/** The notes that matter for a log from this offset on. */
export async function readTimes(path: string, fromOffset: number): Promise<LogTimes> {
  let size: number;
  try {
    ({ size } = await stat(path));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { at: () => null };
    throw error;
  }
  const file = await open(path, 'r');
  try {
    const count = Math.floor(size / entryBytes);
    let first = 0;
    for (let end = count; first < end; ) {
      const middle = (first + end) >>> 1;
      const { buffer } = await file.read(Buffer.alloc(8), 0, 8, middle * entryBytes);
      if (buffer.readDoubleLE(0) > fromOffset) end = middle;
      else first = middle + 1;
    }
    const length = (count - first) * entryBytes;
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, first * entryBytes);
    return timesFrom(buffer);
  } finally {
    await file.close();
  }
}

function timesFrom(notes: Buffer): LogTimes {
  let position = 0;
  return {
    at(offset) {
      while (position < notes.length && notes.readDoubleLE(position) <= offset) position += entryBytes;
      return position < notes.length ? notes.readDoubleLE(position + 8) : null;
    },
  };
}
