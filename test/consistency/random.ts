/** Numbers from a seed that is printed, so that a run that found something can be tried again. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** Uniform in [0, 1): mulberry32. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Of [thing, weight]. */
  weighted<T>(choices: readonly (readonly [thing: T, weight: number])[]): T {
    let left = this.next() * choices.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [thing, weight] of choices) {
      left -= weight;
      if (left < 0) return thing;
    }
    throw new Error('nothing to choose from');
  }

  pick<T>(things: readonly T[]): T {
    return this.weighted(things.map((thing) => [thing, 1] as const));
  }

  /** Independent of what is drawn here later. */
  fork(): Random {
    return new Random(this.whole(0, 2 ** 32 - 1));
  }
}
