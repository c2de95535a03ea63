import type { Clock } from '../base/clock';
import { sleep } from '../base/clock';
import { withDeadline } from '../base/deadline';
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
const patienceMilliseconds = 5_000;

/** Looks every 10 s how much memory and disk this machine has left, and remembers when it was too little. */
export class MachineWatch {
  readings: MachineReadings | null = null;
  pressure: PressureMemory = noPressure;
  /** Resolves after the first look. */
  readonly looked: Promise<void>;
  private readonly markLooked: () => void;
  private asked: Promise<MachineReadings> | null = null;

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
      this.take(await this.look(read));
      this.markLooked();
      this.options.onLook();
      await sleep(clock, everyMilliseconds, signal);
    }
    // Nobody waits for what does not come any more.
    this.markLooked();
  }

  /** A disk that does not answer (one on a network that is gone) is not known, and not asked a second time meanwhile. */
  private async look(read: () => Promise<MachineReadings>): Promise<MachineReadings> {
    this.asked ??= read().finally(() => (this.asked = null));
    try {
      return await withDeadline(this.options.clock, this.asked, { what: 'a look at the machine', milliseconds: patienceMilliseconds });
    } catch (error) {
      this.options.logger.warn('this machine does not say how much memory and disk it has left', { error });
      return { memoryAvailableBytes: null, disks: [] };
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
