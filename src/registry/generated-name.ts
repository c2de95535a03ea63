import { createHash } from 'node:crypto';
import type { Identity } from '../base/identity';

/** Kubernetes' limit for generated names, suffix included. */
const longestGeneratedName = 63;
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
export const generatedNameTries = 8;

/**
 * The name for try number n. When the client chose the uid, the suffix follows from it: the same create sent twice makes
 * the same names, so that the second meets the first whatever happened in between.
 */
export function generatedName(generateName: string, options: { uid: string | null; attempt: number; identity: Identity }): string {
  const suffix = options.uid === null ? options.identity.suffix() : suffixOf(`${options.uid}/${options.attempt}`);
  return generateName.slice(0, longestGeneratedName - suffix.length) + suffix;
}

function suffixOf(seed: string): string {
  const digest = createHash('sha256').update(seed).digest();
  return Array.from(digest.subarray(0, 5), (byte) => alphabet[byte % alphabet.length]).join('');
}
