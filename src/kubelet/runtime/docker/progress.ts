import { createInterface } from 'node:readline';
import { type EngineError, engineError, fault } from './faults';

export interface ProgressOptions {
  /** For its words when it goes away. */
  readonly address: string;
  /** The engine has said something. */
  readonly onLine: () => void;
}

/**
 * Reads what the engine says of a pull or an import to its end. It answers 200 before it begins, so that a layer that cannot
 * be fetched, or has no room, is a line among the others; dockerode's own reader takes that for a success.
 */
export function progressEnds(stream: NodeJS.ReadableStream, { address, onLine }: ProgressOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: EngineError | null = null;
    const broken = (error: unknown): void => reject(failure ?? engineError(error, address));
    const lines = createInterface({ input: stream });
    lines.on('line', (line) => {
      onLine();
      failure ??= failureIn(line);
    });
    lines.on('close', () => (failure ? reject(failure) : resolve()));
    // A stream that breaks has no end. The reader of lines repeats the error in some versions of Node.js: unheard, it ends the process.
    lines.on('error', broken);
    stream.on('error', broken);
    stream.on('close', () => broken(new Error('in the middle of an answer')));
  });
}

/** What one line says that went wrong; null: nothing. Pure. */
export function failureIn(line: string): EngineError | null {
  const { error, errorDetail }: ProgressLine = parsed(line);
  const said = errorDetail?.message ?? error;
  if (said === undefined) return null;
  return fault(errorDetail?.code ?? 500, said, line);
}

/** The engine's messages, those parts of them that are looked at; `error` repeats `errorDetail`. */
interface ProgressLine {
  readonly error?: string;
  readonly errorDetail?: { readonly code?: number; readonly message?: string };
}

function parsed(line: string): ProgressLine {
  try {
    const said: unknown = JSON.parse(line);
    return typeof said === 'object' && said !== null ? said : {};
  } catch {
    // The end of an answer that was cut off: the connection tells why.
    return {};
  }
}
