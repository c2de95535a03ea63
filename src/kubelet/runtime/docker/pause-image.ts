import { pack } from 'tar-stream';
import { RuntimeError } from '../runtime';
import type { Engine } from './engine';

/**
 * The image of sandboxes: one program that does nothing, made here so that no registry is needed. Its machine code, by the
 * engine's word for the processor:
 *
 *     amd64: again: mov eax, 34 (pause); syscall; jmp again
 *     arm64: again: x0…x3 = 0; x8 = 73 (ppoll, of nothing, for ever); svc 0; b again
 */
const programs: Readonly<Record<string, { readonly machine: number; readonly code: readonly number[] }>> = {
  amd64: { machine: 62, code: [0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7] },
  arm64: { machine: 183, code: [0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003, 0xd2800928, 0xd4000001, 0x17fffffa].flatMap(littleEndian) },
};

const headerBytes = 64;
const programHeaderBytes = 56;
const loadedAt = 0x400000n;

function littleEndian(word: number): readonly number[] {
  return [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24];
}

/** A static 64-bit ELF executable: header, one loaded segment, code (System V ABI, chapters 4 and 5). Null: no code for this processor. */
export function pauseProgram(architecture: string): Buffer | null {
  const program = programs[architecture];
  if (!program) return null;
  const code = Buffer.from(program.code);
  const start = headerBytes + programHeaderBytes;
  const size = BigInt(start + code.length);
  const elf = Buffer.alloc(start);
  elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  elf.writeUInt16LE(2, 16); // executable
  elf.writeUInt16LE(program.machine, 18);
  elf.writeUInt32LE(1, 20);
  elf.writeBigUInt64LE(loadedAt + BigInt(start), 24); // entry
  elf.writeBigUInt64LE(BigInt(headerBytes), 32); // program headers
  elf.writeUInt16LE(headerBytes, 52);
  elf.writeUInt16LE(programHeaderBytes, 54);
  elf.writeUInt16LE(1, 56);
  elf.writeUInt32LE(1, 64); // load
  elf.writeUInt32LE(5, 68); // readable, executable
  elf.writeBigUInt64LE(loadedAt, 80);
  elf.writeBigUInt64LE(loadedAt, 88);
  elf.writeBigUInt64LE(size, 96);
  elf.writeBigUInt64LE(size, 104);
  elf.writeBigUInt64LE(0x1000n, 112);
  return Buffer.concat([elf, code]);
}

/** Its name tells program and processor, so that a later podql with another program makes its own. */
export function pauseImageName(architecture: string): string {
  return `podql/pause:1-${architecture}`;
}

/** Idempotent. Rejects with UNAVAILABLE on a processor for which there is no program. */
export async function ensurePauseImage(engine: Engine, architecture: string): Promise<string> {
  const name = pauseImageName(architecture);
  if (await engine.inspectImage(name)) return name;
  const program = pauseProgram(architecture);
  if (!program) {
    throw new RuntimeError('UNAVAILABLE', `podql has no pause program for ${architecture}, the processor of this engine; it has one for ${Object.keys(programs).join(' and ')}`);
  }
  const archive = pack();
  archive.entry({ name: 'pause', mode: 0o755 }, program);
  archive.finalize();
  await engine.importImage(archive, name, ['ENTRYPOINT ["/pause"]', 'LABEL podql.role=pause']);
  return name;
}
