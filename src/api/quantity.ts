/**
 * Amounts of cpu and memory as Kubernetes writes them: "250m", "1.5", "64Mi", "1G". Kept in thousandths, exactly; what is
 * finer is rounded up, so that a small wish never becomes nothing.
 */
export interface Quantity {
  readonly milli: bigint;
  /** Which suffixes the canonical form uses: 1024 or 1000 steps. */
  readonly family: 'binary' | 'decimal';
}

const binarySuffixes = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;
const decimalSuffixes = ['k', 'M', 'G', 'T', 'P', 'E'] as const;
/** As in Kubernetes: what a signed 64-bit integer holds. */
const greatestMilli = (2n ** 63n - 1n) * 1000n;

const pattern = /^([+-]?)(\d{0,40})(?:\.(\d{0,40}))?(?:(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)|[eE]([+-]?\d{1,2}))?$/;

/** Null when the text is no quantity, or one that is too large. May be negative: that is the validation's to refuse. */
export function parseQuantity(text: string): Quantity | null {
  const match = pattern.exec(text);
  if (!match) return null;
  const [, sign, whole = '', fraction = '', suffix = '', exponent] = match;
  if (whole === '' && fraction === '') return null;
  const binaryStep = (binarySuffixes as readonly string[]).indexOf(suffix);
  const family = binaryStep >= 0 ? 'binary' : 'decimal';
  // value = digits * 10^-fraction.length * 10^power * 1024^binary, in thousandths.
  const power = (exponent === undefined ? decimalPower(suffix) : Number(exponent)) + 3 - fraction.length;
  const scaled = BigInt(whole + fraction) * 1024n ** BigInt(binaryStep + 1);
  let milli = power >= 0 ? scaled * 10n ** BigInt(power) : divideRoundingUp(scaled, 10n ** BigInt(-power));
  if (milli > greatestMilli) return null;
  if (family === 'binary' && milli >= 1024_000n) milli = divideRoundingUp(milli, 1000n) * 1000n;
  return { milli: sign === '-' ? -milli : milli, family };
}

function decimalPower(suffix: string): number {
  const powers: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3 };
  return powers[suffix] ?? 3 * ((decimalSuffixes as readonly string[]).indexOf(suffix) + 1);
}

function divideRoundingUp(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}

/** The canonical form: the largest suffix that leaves a whole number. "1.5" is "1500m", "1.5Gi" is "1536Mi", "1000m" is "1". */
export function formatQuantity({ milli, family }: Quantity): string {
  const sign = milli < 0n ? '-' : '';
  const size = milli < 0n ? -milli : milli;
  if (size % 1000n !== 0n) return `${sign}${size}m`;
  // What no binary suffix can shorten is read back as decimal: write it as such at once, so that this form is final.
  const isBinary = family === 'binary' && size % 1024_000n === 0n;
  const [step, suffixes] = isBinary ? [1024n, binarySuffixes] : [1000n, decimalSuffixes];
  let amount = size / 1000n;
  let suffix = '';
  for (const next of suffixes) {
    if (amount === 0n || amount % step !== 0n) break;
    amount /= step;
    suffix = next;
  }
  return `${sign}${amount}${suffix}`;
}

/** Null when the text is no quantity. */
export function canonicalQuantity(text: string): string | null {
  const quantity = parseQuantity(text);
  return quantity && formatQuantity(quantity);
}

/** Negative, zero or positive, as for Array.sort. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.milli < b.milli ? -1 : a.milli > b.milli ? 1 : 0;
}

/** In the family of the first. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { milli: a.milli + b.milli, family: a.family };
}

/** Thousandths of a processor; null counts as none. Throws RangeError on a text that validation never lets in. */
export function cpuMilli(text: string | null): number {
  return text === null ? 0 : Number(stored(text).milli);
}

/** Bytes, rounded up; null counts as none. Throws RangeError on a text that validation never lets in. */
export function memoryBytes(text: string | null): number {
  return text === null ? 0 : Number(divideRoundingUp(stored(text).milli, 1000n));
}

/** The canonical text of thousandths of a processor: 1500 is "1500m", 4000 is "4". Fractions are rounded up. */
export function formatCpuMilli(milli: number): string {
  return formatQuantity({ milli: BigInt(Math.ceil(milli)), family: 'decimal' });
}

/** The canonical text of bytes: 67108864 is "64Mi". Fractions are rounded up. */
export function formatMemoryBytes(bytes: number): string {
  return formatQuantity({ milli: BigInt(Math.ceil(bytes)) * 1000n, family: 'binary' });
}

function stored(text: string): Quantity {
  const quantity = parseQuantity(text);
  if (!quantity) throw new RangeError(`${JSON.stringify(text)} is not a quantity`);
  return quantity;
}
