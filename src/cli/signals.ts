/** Ctrl-C and a supervisor's stop. */
const stopSignals = ['SIGINT', 'SIGTERM'] as const;
export type StopSignal = (typeof stopSignals)[number];

/** Exit code of a program that was interrupted, as shells have it. */
const interrupted = 130;

export interface StopRequest {
  /** Resolves with the first signal. */
  readonly first: Promise<StopSignal>;
  /** Aborts with the first signal. */
  readonly signal: AbortSignal;
  /** Takes the handlers away. */
  release(): void;
}

/** The first signal asks politely; the second ends the process at once, whatever is under way. */
export function listenForStop(onSecond: () => never = () => process.exit(interrupted)): StopRequest {
  const stopping = new AbortController();
  let resolveFirst: (signal: StopSignal) => void = () => undefined;
  const first = new Promise<StopSignal>((resolve) => {
    resolveFirst = resolve;
  });
  const handlers = stopSignals.map((name) => {
    const handler = (): void => {
      if (stopping.signal.aborted) onSecond();
      stopping.abort();
      resolveFirst(name);
    };
    process.on(name, handler);
    return { name, handler };
  });
  return {
    first,
    signal: stopping.signal,
    release: () => {
      for (const { name, handler } of handlers) process.off(name, handler);
    },
  };
}
