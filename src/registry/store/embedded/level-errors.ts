import type { StoreErrorCode } from '../../../errors/store-error';
import { isStoreError, StoreError } from '../../../errors/store-error';

/** classic-level says what happened partly in codes, partly in LevelDB's words, and often in the cause only. */
export function toStoreError(error: unknown, directory: string): StoreError {
  if (isStoreError(error)) return error;
  const chain = causes(error);
  const words = chain.map((part) => `${part.code} ${part.message}`).join('\n');
  const { code, advice } = rules.find(({ pattern }) => pattern.test(words)) ?? otherwise;
  const last = chain.at(-1)?.message ?? String(error);
  return new StoreError(code, `data folder ${directory}: ${advice} (${last})`, { cause: error });
}

interface Rule {
  readonly pattern: RegExp;
  readonly code: StoreErrorCode;
  readonly advice: string;
}

const rules: readonly Rule[] = [
  { pattern: /LEVEL_LOCKED/, code: 'IN_USE', advice: 'another podql server uses it; stop that one, or choose another folder' },
  {
    pattern: /No space left on device|Disk quota exceeded|ENOSPC|EDQUOT/,
    code: 'FULL',
    advice: 'no space left on the disk; writes go on when there is space again',
  },
  { pattern: /LEVEL_CORRUPTION|Corruption:/, code: 'CORRUPT', advice: 'its content is damaged; restore a copy' },
  {
    pattern: /EACCES|EPERM|EROFS|Permission denied|Read-only file system/,
    code: 'MISCONFIGURED',
    advice: 'this user may not read and write it',
  },
  { pattern: /EEXIST|ENOTDIR|Not a directory/, code: 'MISCONFIGURED', advice: 'it is not a folder' },
  // LevelDB's first file is LOCK. A folder that is gone while we run is another matter: no fault of who chose it.
  {
    pattern: /ENOENT.*\bmkdir\b|ELOOP|ENAMETOOLONG|\bLOCK: No such file/,
    code: 'MISCONFIGURED',
    advice: 'no data can be kept there; choose another folder',
  },
];

const otherwise = { code: 'UNAVAILABLE', advice: 'reading or writing failed' } as const;

/** By shape, not by class: an error made by native code may belong to another realm than ours. */
function causes(error: unknown): { code: string; message: string }[] {
  const chain: { code: string; message: string }[] = [];
  for (let part = error; isObject(part) && chain.length < 8; part = part.cause) {
    chain.push({ code: String(part.code ?? ''), message: String(part.message ?? '') });
  }
  return chain;
}

function isObject(value: unknown): value is { code?: unknown; message?: unknown; cause?: unknown } {
  return typeof value === 'object' && value !== null;
}
