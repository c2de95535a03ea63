import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';

/** Something that happened to a container. */
export interface EngineEvent {
  readonly action: 'start' | 'die' | 'destroy';
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** When it was heard of here, as performance.now() has it. */
  readonly at: number;
}

export type Fits = (event: EngineEvent) => boolean;

interface RawEvent {
  readonly Action: EngineEvent['action'];
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
}

const patience = 120_000;

/** What happens in an engine, for everybody who is measured on it the same. */
export class EngineWatch {
  private readonly listeners = new Set<(event: EngineEvent) => void>();

  private constructor(
    private readonly stream: Readable,
    private readonly lines: Interface,
  ) {
    stream.on('error', () => undefined);
    lines.on('line', (line) => {
      const { Action: action, Actor: actor } = JSON.parse(line) as RawEvent;
      const event = { action, id: actor.ID, labels: actor.Attributes, at: performance.now() };
      for (const listener of this.listeners) listener(event);
    });
  }

  static async open(docker: Docker): Promise<EngineWatch> {
    const stream = (await docker.getEvents({ filters: { type: ['container'], event: ['start', 'die', 'destroy'] } })) as Readable;
    return new EngineWatch(stream, createInterface({ input: stream }));
  }

  close(): void {
    this.lines.close();
    this.stream.destroy();
  }

  listen(listener: (event: EngineEvent) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** The n-th event that fits, from now on. */
  nth(count: number, what: string, fits: Fits): Promise<EngineEvent> {
    const event = new Promise<EngineEvent>((resolve, reject) => {
      let seen = 0;
      const over = (): void => {
        clearTimeout(timer);
        leave();
      };
      const timer = setTimeout(() => {
        over();
        reject(new Error(`${seen} of ${count} came within ${patience / 1000} s: ${what}`));
      }, patience).unref();
      const leave = this.listen((event) => {
        if (!fits(event) || (seen += 1) < count) return;
        over();
        resolve(event);
      });
    });
    // Whoever asked for it may have failed before it waits.
    event.catch(() => undefined);
    return event;
  }
}
