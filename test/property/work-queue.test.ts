import fc from 'fast-check';
import type { WorkQueue } from '../../src/controllers/runtime/work-queue';
import { createWorkQueue } from '../../src/controllers/runtime/work-queue';
import { FakeClock } from '../support/fake-clock';

/** The plain description of Q1 to Q6: a line, a set in work, and a time per key held back. */
interface Model {
  line: string[];
  inWork: Set<string>;
  again: Set<string>;
  heldBack: Map<string, number>;
  failures: Map<string, number>;
  now: number;
}

type Step =
  | { do: 'add'; key: string }
  | { do: 'addAfter'; key: string; milliseconds: number }
  | { do: 'fail'; key: string }
  | { do: 'forget'; key: string }
  | { do: 'get' }
  | { do: 'done'; pick: number }
  | { do: 'advance'; milliseconds: number };

const key = fc.constantFrom('a', 'b', 'c', 'd');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('add' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('addAfter' as const), key, milliseconds: fc.integer({ min: 0, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fail' as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), key }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('get' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('done' as const), pick: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('advance' as const), milliseconds: fc.integer({ min: 1, max: 40 }) }) },
);

function add(model: Model, name: string): void {
  model.heldBack.delete(name);
  if (model.inWork.has(name)) model.again.add(name);
  else if (!model.line.includes(name)) model.line.push(name);
}

function addAfter(model: Model, name: string, milliseconds: number): void {
  if (model.line.includes(name) || model.again.has(name)) return;
  if (milliseconds <= 0) return add(model, name);
  const due = model.now + milliseconds;
  if ((model.heldBack.get(name) ?? Infinity) <= due) return;
  // Keys of one moment come in the order in which their waits were set, so a wait that is set anew goes to the end.
  model.heldBack.delete(name);
  model.heldBack.set(name, due);
}

async function apply(step: Step, model: Model, queue: WorkQueue, clock: FakeClock): Promise<void> {
  switch (step.do) {
    case 'add':
      queue.add(step.key);
      return add(model, step.key);
    case 'addAfter':
      queue.addAfter(step.key, step.milliseconds);
      return addAfter(model, step.key, step.milliseconds);
    case 'fail': {
      queue.addRateLimited(step.key);
      const failures = (model.failures.get(step.key) ?? 0) + 1;
      model.failures.set(step.key, failures);
      return addAfter(model, step.key, Math.min(16, 2 ** (failures - 1)));
    }
    case 'forget':
      queue.forget(step.key);
      model.failures.delete(step.key);
      return;
    case 'get': {
      const next = model.line.shift();
      if (next === undefined) return;
      expect(await queue.get()).toBe(next);
      model.inWork.add(next);
      return;
    }
    case 'done': {
      const name = [...model.inWork][step.pick];
      if (name === undefined) return;
      queue.done(name);
      model.inWork.delete(name);
      if (model.again.delete(name)) add(model, name);
      return;
    }
    case 'advance': {
      await clock.advance(step.milliseconds);
      model.now += step.milliseconds;
      const due = [...model.heldBack].filter(([, at]) => at <= model.now);
      due.sort(([, a], [, b]) => a - b);
      for (const [name] of due) add(model, name);
      return;
    }
  }
}

describe('work queue, against a model', () => {
  it('holds the same keys in the same order after any sequence of steps', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const clock = new FakeClock();
        const queue = createWorkQueue({ clock, random: () => 1, backoff: { initial: 1, max: 16 } });
        const model: Model = {
          line: [],
          inWork: new Set(),
          again: new Set(),
          heldBack: new Map(),
          failures: new Map(),
          now: 0,
        };
        for (const next of steps) {
          await apply(next, model, queue, clock);
          expect(queue.length).toBe(model.line.length);
          expect(clock.pendingTimers).toBe(model.heldBack.size);
          for (const name of ['a', 'b', 'c', 'd']) expect(queue.failures(name)).toBe(model.failures.get(name) ?? 0);
        }
      }),
      { numRuns: 500 },
    );
  });
});
