import type { LogFields, Logger } from '../../../../src/base/logger';
import { systemIdentity } from '../../../../src/base/identity';
import { ApiError, isApiError } from '../../../../src/errors/api-error';
import type { KeySink } from '../../../../src/controllers/runtime/controller';
import { createController } from '../../../../src/controllers/runtime/controller';
import type { ReconcileResult } from '../../../../src/controllers/runtime/reconciler';
import { done } from '../../../../src/controllers/runtime/reconciler';
import { FakeClock, settle } from '../../../support/fake-clock';

interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

function recordingLogger(lines: Line[]): Logger {
  const at = (level: string) => (message: string, fields: LogFields = {}) => void lines.push({ level, message, fields });
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => logger };
  return logger;
}

/** A controller that runs, with the parts a test holds. */
function start(reconcile: (key: string, signal: AbortSignal) => Promise<ReconcileResult>, options: { workers?: number } = {}) {
  const clock = new FakeClock();
  const lines: Line[] = [];
  const abort = new AbortController();
  let keys: KeySink | undefined;
  let watching = false;
  let markReady = (): void => undefined;
  const ready = new Promise<void>((resolve) => (markReady = resolve));
  const controller = createController({
    reconciler: { name: 'test', reconcile },
    workers: options.workers,
    ready: (signal) =>
      Promise.race([ready, new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))]),
    watch: (sink) => {
      keys = sink;
      watching = true;
      return () => (watching = false);
    },
    clock,
    identity: { ...systemIdentity, random: () => 1 },
    logger: recordingLogger(lines),
  });
  const ended = controller.run(abort.signal);
  return {
    clock,
    lines,
    ended,
    markReady,
    stop: () => abort.abort(),
    isWatching: () => watching,
    add: (...names: string[]) => names.forEach((name) => keys?.add(name)),
  };
}

/** A promise that the test settles. */
function gate() {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => (open = resolve));
  return { promise, open };
}

describe('controller loop', () => {
  it('watches only once it is ready', async () => {
    const loop = start(() => Promise.resolve(done));
    await settle();
    expect(loop.isWatching()).toBe(false);
    loop.markReady();
    await settle();
    expect(loop.isWatching()).toBe(true);
    loop.stop();
    await loop.ended;
    expect(loop.isWatching()).toBe(false);
  });

  it('ends when it is stopped before it is ready', async () => {
    const loop = start(() => Promise.resolve(done));
    loop.stop();
    await loop.ended;
    expect(loop.isWatching()).toBe(false);
  });

  it('reconciles each key that is added', async () => {
    const seen: string[] = [];
    const loop = start((key) => {
      seen.push(key);
      return Promise.resolve(done);
    });
    loop.markReady();
    await settle();
    loop.add('a', 'b');
    await settle();
    expect(seen).toEqual(['a', 'b']);
    loop.stop();
    await loop.ended;
  });

  it('works as many keys at a time as it has workers', async () => {
    const blocked = gate();
    let [atWork, most] = [0, 0];
    const loop = start(
      async () => {
        atWork += 1;
        most = Math.max(most, atWork);
        await blocked.promise;
        atWork -= 1;
        return done;
      },
      { workers: 2 },
    );
    loop.markReady();
    await settle();
    loop.add('a', 'b', 'c');
    await settle();
    expect(atWork).toBe(2);
    blocked.open();
    await settle();
    expect([atWork, most]).toEqual([0, 2]);
    loop.stop();
    await loop.ended;
  });

  it('looks again after the time that a pass asks for', async () => {
    let passes = 0;
    const loop = start(() => {
      passes += 1;
      return Promise.resolve(passes === 1 ? { againAfterMilliseconds: 500 } : done);
    });
    loop.markReady();
    await settle();
    loop.add('a');
    await loop.clock.advance(499);
    expect(passes).toBe(1);
    await loop.clock.advance(1);
    expect([passes, loop.clock.pendingTimers]).toEqual([2, 0]);
    loop.stop();
    await loop.ended;
  });

  it('tries a failing key again with growing waits from 5 ms to 60 s, and starts over after a success', async () => {
    const at: number[] = [];
    let broken = true;
    const loop = start(() => {
      at.push(loop.clock.monotonic());
      return broken ? Promise.reject(new Error('no')) : Promise.resolve(done);
    });
    loop.markReady();
    await settle();
    loop.add('a');
    await loop.clock.advance(300_000);
    const waits = at.slice(1).map((time, i) => time - (at[i] ?? 0));
    expect(waits.slice(0, 5)).toEqual([5, 10, 20, 40, 80]);
    expect(waits.at(-1)).toBe(60_000);
    broken = false;
    await loop.clock.advance(60_000);
    broken = true;
    at.length = 0;
    loop.add('a');
    await loop.clock.advance(5);
    expect(at).toHaveLength(2);
    loop.stop();
    await loop.ended;
  });

  it('logs a failure that lasts once, a new one anew, and its end', async () => {
    const failures = ['disk', 'disk', 'disk', 'network', undefined];
    const loop = start(() => {
      const message = failures.shift();
      return message === undefined ? Promise.resolve(done) : Promise.reject(new Error(message));
    });
    loop.markReady();
    await settle();
    loop.add('a');
    await loop.clock.advance(1_000);
    const loud = loop.lines.filter(({ level }) => level !== 'debug');
    expect(loud.map(({ level, fields }) => [level, fields.key, fields.error && String(fields.error)])).toEqual([
      ['warn', 'a', 'Error: disk'],
      ['warn', 'a', 'Error: network'],
      ['info', 'a', undefined],
    ]);
    loop.stop();
    await loop.ended;
  });

  it('takes errors of one code for the same failure, whatever object they name', async () => {
    let tries = 0;
    const loop = start(() => {
      tries += 1;
      return Promise.reject(new ApiError(tries < 4 ? 'INVALID' : 'SERVER_TIMEOUT', `cannot create pod web-${tries}`));
    });
    loop.markReady();
    await settle();
    loop.add('a');
    await loop.clock.advance(1_000);
    const codes = loop.lines.filter(({ level }) => level !== 'debug').map(({ fields }) => isApiError(fields.error) && fields.error.code);
    expect(codes).toEqual(['INVALID', 'SERVER_TIMEOUT']);
    loop.stop();
    await loop.ended;
  });

  it('lets a pass under way finish when it is stopped, and starts none', async () => {
    const blocked = gate();
    const seen: string[] = [];
    let aborted = false;
    const loop = start(async (key, signal) => {
      seen.push(key);
      await blocked.promise;
      aborted = signal.aborted;
      return done;
    });
    loop.markReady();
    await settle();
    loop.add('a', 'b');
    await settle();
    loop.stop();
    let ended = false;
    void loop.ended.then(() => (ended = true));
    await settle();
    expect(ended).toBe(false);
    blocked.open();
    await loop.ended;
    expect([seen, aborted]).toEqual([['a'], true]);
  });

  it('does not call a pass that the stop interrupts a failure', async () => {
    const loop = start(
      (_key, signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('interrupted')))),
    );
    loop.markReady();
    await settle();
    loop.add('a');
    await settle();
    loop.stop();
    await loop.ended;
    expect(loop.lines).toEqual([]);
  });
});
