import type { ContainerRecord } from './runtime/runtime';

/** The object is gone already: whoever removed it did not want to wait. */
export const goneGraceMilliseconds = 2_000;

export interface TeardownInput {
  readonly containers: readonly ContainerRecord[];
  readonly podUid: string;
  readonly sandbox: boolean;
  readonly stopping: ReadonlyMap<string, number>;
  /** Ids of what is being removed, or could not be and waits until that is tried again; the pod's uid stands for its sandbox. */
  readonly removing: ReadonlySet<string>;
  readonly now: number;
}

export type TeardownAction =
  | { readonly do: 'stop'; readonly record: ContainerRecord; readonly deadline: number }
  | { readonly do: 'remove'; readonly record: ContainerRecord }
  | { readonly do: 'removeSandbox' };

/** What is left to do for a pod that the API does not know (any more). `over`: nothing of it is left here. Pure. */
export function teardown({ podUid, containers, sandbox, stopping, removing, now }: TeardownInput): { actions: readonly TeardownAction[]; over: boolean } {
  const running = containers.filter((record) => record.phase === 'running');
  if (running.length > 0) {
    const deadline = now + goneGraceMilliseconds;
    const actions = running
      .filter((record) => deadline < (stopping.get(record.id) ?? Infinity))
      .map((record) => ({ do: 'stop', record, deadline }) as const);
    return { actions, over: false };
  }
  const removals = containers.filter(({ id }) => !removing.has(id)).map((record) => ({ do: 'remove', record }) as const);
  const actions = [...removals, ...(sandbox && !removing.has(podUid) ? [{ do: 'removeSandbox' } as const] : [])];
  return { actions, over: containers.length === 0 && !sandbox };
}
