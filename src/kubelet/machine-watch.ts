import type { Clock } from '../base/clock';
import { sleep } from '../base/clock';
import type { Logger } from '../base/logger';
import type { MachineReadings, PressureLimits, PressureMemory } from './node-conditions';
import { noPressure, remember } from './node-conditions';

export interface MachineWatchOptions {
  /** Null: nobody measures this machine, and nothing is said of it. */
  readonly read: (() => Promise<MachineReadings>) | null;
  readonly limits: PressureLimits;
  /** After each look; what it found may be what was found before. */
  readonly onLook: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

const everyMilliseconds = 10_000;

/** Looks every 10 s how much memory and disk this machine has left, and remembers when it was too little. */
export class MachineWatch {
  readings: MachineReadings | null = null;
  pressure: PressureMemory = noPressure;
  /** Resolves after the first look. */
  readonly looked: Promise<void>;
  private readonly markLooked: () => void;

  constructor(private readonly options: MachineWatchOptions) {
    let resolveLooked = (): void => undefined;
    this.looked = new Promise((resolve) => (resolveLooked = resolve));
    this.markLooked = resolveLooked;
    if (options.read === null) this.markLooked();
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { read, clock } = this.options;
    while (read !== null && !signal.aborted) {
      this.take(await read());
      this.markLooked();
      this.options.onLook();
      await sleep(clock, everyMilliseconds, signal);
    }
  }

  private take(readings: MachineReadings): void {
    const { limits, clock, logger } = this.options;
    const before = this.pressure;
    this.readings = readings;
    this.pressure = remember(before, readings, limits, clock.monotonic());
    for (const what of ['memory', 'disk'] as const) {
      const [old, now] = [before[what], this.pressure[what]];
      if (now !== null && old === null) logger.warn('this machine is under pressure: no new pods come here', { because: now.because });
      if (now === null && old !== null) logger.info('this machine is not under pressure any more', { of: what });
    }
  }
}
