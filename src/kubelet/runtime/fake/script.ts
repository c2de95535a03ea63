/**
 * What a container of the fake runtime does, written on the pod:
 *
 *     fake.podql.io/CONTAINER: '[{"runMs": 10, "exit": 1}, {"exit": 0}, {"run": "forever"}]'
 *
 * One entry per attempt; the last one repeats. Without the annotation a container runs until it is stopped.
 */
export const scriptAnnotationPrefix = 'fake.podql.io/';

export interface FakeStep {
  /** How long it runs by itself, in milliseconds; null: until it is stopped. */
  readonly runMs: number | null;
  /** 128 + signal when `signal` is given. */
  readonly exit: number;
  readonly signal: number | null;
  readonly oom: boolean;
  readonly message: string | null;
  /** It cannot be started: ends as StartError with this code and message. */
  readonly startError: { readonly code: number; readonly message: string } | null;
  /** Written to its log when it starts. */
  readonly logs: readonly string[];
  /** What it does when asked to stop: ends after `stopMs` with `stopExit`. Null: it has to be killed. */
  readonly stopMs: number | null;
  readonly stopExit: number;
  /** What an exec answers: a code, or nothing in time. */
  readonly exec: number | 'timeout';
}

export const foreverStep: FakeStep = {
  runMs: null,
  exit: 0,
  signal: null,
  oom: false,
  message: null,
  startError: null,
  logs: [],
  stopMs: 0,
  stopExit: 143,
  exec: 0,
};

/** The step of this attempt. A script that cannot be read is a step that cannot be started, and says why. */
export function stepFor(annotations: Readonly<Record<string, string>>, containerName: string, attempt: number): FakeStep {
  const text = annotations[scriptAnnotationPrefix + containerName];
  if (text === undefined) return foreverStep;
  try {
    const script: unknown = JSON.parse(text);
    const steps = Array.isArray(script) ? script : [script];
    if (steps.length === 0) throw new Error('the script is empty');
    return parseStep(steps[Math.min(attempt, steps.length - 1)]);
  } catch (error) {
    const message = `annotation ${scriptAnnotationPrefix}${containerName} is not a script: ${String(error)}`;
    return { ...foreverStep, startError: { code: 128, message } };
  }
}

const knownFields = new Set([
  'run', 'runMs', 'exit', 'signal', 'oom', 'message', 'startError', 'code', 'logs', 'stopMs', 'stopExit', 'ignoreTerm', 'exec',
]);

function parseStep(raw: unknown): FakeStep {
  if (typeof raw !== 'object' || raw === null) throw new Error('a step is an object');
  const step: Partial<Record<string, unknown>> = { ...raw };
  for (const field of Object.keys(step)) if (!knownFields.has(field)) throw new Error(`unknown field ${field}`);
  const signal = optional(step.signal, 'number', 'signal') ?? null;
  const startError = optional(step.startError, 'string', 'startError');
  return {
    runMs: step.run === 'forever' ? null : (optional(step.runMs, 'number', 'runMs') ?? 0),
    exit: signal === null ? (optional(step.exit, 'number', 'exit') ?? 0) : 128 + signal,
    signal,
    oom: step.oom === true,
    message: optional(step.message, 'string', 'message') ?? null,
    startError: startError === undefined ? null : { code: optional(step.code, 'number', 'code') ?? 128, message: startError },
    logs: Array.isArray(step.logs) ? step.logs.map(String) : [],
    stopMs: step.ignoreTerm === true ? null : (optional(step.stopMs, 'number', 'stopMs') ?? 0),
    stopExit: optional(step.stopExit, 'number', 'stopExit') ?? 143,
    exec: step.exec === 'timeout' ? 'timeout' : (optional(step.exec, 'number', 'exec') ?? 0),
  };
}

interface Primitives {
  number: number;
  string: string;
}

function optional<Kind extends keyof Primitives>(value: unknown, kind: Kind, field: string): Primitives[Kind] | undefined {
  if (value === undefined || value === null) return undefined;
  if (isOf(value, kind)) return value;
  throw new Error(`${field} must be a ${kind}`);
}

function isOf<Kind extends keyof Primitives>(value: unknown, kind: Kind): value is Primitives[Kind] {
  return typeof value === kind;
}
