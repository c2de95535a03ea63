import { randomBytes, randomUUID } from 'node:crypto';

/** Randomness and ids as a dependency (D10). */
export interface Identity {
  /** A new UUID, version 4. */
  uid(): string;
  /** Five characters for generated names, from Kubernetes' alphabet without vowels and look-alikes. */
  suffix(): string;
  /** Uniform in [0, 1): for jitter. */
  random(): number;
}

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

export const systemIdentity: Identity = {
  uid: () => randomUUID(),
  suffix: () => Array.from(randomBytes(5), (byte) => alphabet[byte % alphabet.length]).join(''),
  random: () => Math.random(),
};
