import type { LogLine } from '../../../api/pod';
import type { LogLimits } from './log-stream';
import { LogStream } from './log-stream';

/** Both streams of one container. Calls wait for one another, so that nobody reads while a log is rotated. */
export class ContainerLogs {
  readonly stdout: LogStream;
  readonly stderr: LogStream;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(directory: string, limits: LogLimits) {
    this.stdout = new LogStream(directory, 'stdout', limits);
    this.stderr = new LogStream(directory, 'stderr', limits);
  }

  /** Notes what was written since the last look, and when; rotates what grew too large. */
  look(): Promise<void> {
    return this.inTurn(async () => {
      await this.stdout.look();
      await this.stderr.look();
    });
  }

  /** The last lines of both streams by time, oldest first. */
  tail(tailLines: number, attempt: number): Promise<readonly LogLine[]> {
    return this.inTurn(async () => {
      const streams = ['stdout', 'stderr'] as const;
      const lines: { time: number; line: LogLine }[] = [];
      for (const stream of streams) {
        await this[stream].look();
        for (const { time, text } of await this[stream].tail(tailLines)) {
          lines.push({ time, line: { time: new Date(time).toISOString(), stream, text, attempt } });
        }
      }
      // A stable sort: within one moment stdout comes first, each stream in its own order.
      lines.sort((a, b) => a.time - b.time);
      return tailLines > 0 ? lines.slice(-tailLines).map(({ line }) => line) : [];
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work, work);
    this.turn = result.catch(() => undefined);
    return result;
  }
}
