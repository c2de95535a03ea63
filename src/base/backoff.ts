/** How long to wait before try number n. Times in milliseconds. */
export interface BackoffPolicy {
  initial: number;
  max: number;
  /** Multiplier per failure; 2 unless told otherwise. */
  factor?: number;
  /** Part of the delay that is drawn at random, from 0 to 1; 0 unless told otherwise. */
  jitter?: number;
}

/**
 * Delay after `failures` failures in a row (0 means none: no delay). Pure: `random` is a number from 0 to 1.
 * With jitter j the result lies between (1 - j) and 1 times the exponential delay.
 */
export function backoffDelay(policy: BackoffPolicy, failures: number, random = 1): number {
  if (failures <= 0) return 0;
  const { initial, max, factor = 2, jitter = 0 } = policy;
  const full = Math.min(max, initial * factor ** Math.min(failures - 1, 64));
  return full * (1 - jitter * (1 - random));
}
