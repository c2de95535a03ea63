import { median, quantile } from '../support/statistics';

/** Of whom, of what. */
export class Samples {
  private readonly all = new Map<string, number[]>();

  add(who: string, what: string, value: number): void {
    const key = `${who}/${what}`;
    this.all.set(key, [...(this.all.get(key) ?? []), value]);
  }

  count(who: string, what: string): number {
    return this.of(who, what).length;
  }

  median(who: string, what: string): number {
    return median(this.of(who, what));
  }

  p99(who: string, what: string): number {
    return quantile(this.of(who, what), 0.99);
  }

  private of(who: string, what: string): readonly number[] {
    return this.all.get(`${who}/${what}`) ?? [];
  }
}
