import type { Pod } from '../../src/api/pod';
import type { ReplicationController } from '../../src/api/replication-controller';
import { encodeObject, thisWrite } from '../../src/registry/codec';
import { KeySpace } from '../../src/registry/keys';
import type { Store } from '../../src/registry/store/store';
import type { PodOverrides } from './builders';
import { aCondition, anRc, aRunningPod } from './builders';

/** What one pod adds to its controller's counts and to its list of pods. */
export interface Share {
  readonly current: number;
  readonly ready: number;
  readonly available: number;
  readonly terminating: number;
  readonly listed: number;
}

interface PodState {
  readonly share: Share;
  pod(controller: ReplicationController, now: string): PodOverrides;
}

const minReadySeconds = 10;

/** Every way in which a pod can count, or not. */
const states: readonly PodState[] = [
  { share: { current: 1, ready: 1, available: 1, terminating: 0, listed: 1 }, pod: (controller) => ownedBy(controller) },
  {
    share: { current: 1, ready: 1, available: 0, terminating: 0, listed: 1 },
    pod: (controller, now) => ({ ...ownedBy(controller), status: { conditions: [aCondition('Ready', { lastTransitionTime: now })] } }),
  },
  {
    share: { current: 1, ready: 0, available: 0, terminating: 0, listed: 1 },
    pod: (controller) => ({ ...ownedBy(controller), status: { conditions: [aCondition('Ready', { status: 'FALSE' })] } }),
  },
  {
    share: { current: 0, ready: 0, available: 0, terminating: 1, listed: 1 },
    pod: (controller, now) => ({ ...ownedBy(controller), deletionTimestamp: now, deletionGracePeriodSeconds: 30 }),
  },
  {
    share: { current: 0, ready: 0, available: 0, terminating: 0, listed: 1 },
    pod: (controller) => ({ ...ownedBy(controller), status: { phase: 'SUCCEEDED', conditions: [] } }),
  },
  { share: { current: 0, ready: 0, available: 0, terminating: 0, listed: 0 }, pod: () => ownedBy(anRc()) },
  { share: { current: 1, ready: 1, available: 1, terminating: 0, listed: 1 }, pod: () => ({ ownerReferences: [] }) },
];

export interface LargeCluster {
  /** In the order of lists. */
  readonly controllers: readonly { readonly name: string; readonly total: Share }[];
}

/**
 * Puts that many controllers, each with that many pods in all states, into an empty store: encoded as the registry does
 * it, past its checks, because tens of thousands of validated writes are not what is tested. `now`: RFC 3339.
 */
export async function fillStore(store: Store, size: { readonly controllers: number; readonly podsEach: number; readonly now: string }): Promise<LargeCluster> {
  const keys = new KeySpace('/registry/');
  const put = (object: Pod | ReplicationController) => store.create(keys.ofObject(object.kind, object), encodeObject(object, thisWrite));
  const controllers: { name: string; total: Share }[] = [];
  for (let i = 0; i < size.controllers; i += 1) {
    const name = `rc-${String(i).padStart(5, '0')}`;
    const controller = anRc({ name, spec: { selector: { app: name }, minReadySeconds } });
    await put(controller);
    const chosen = Array.from({ length: size.podsEach }, (_, j) => states[(i + j) % states.length] as PodState);
    for (const [j, state] of chosen.entries()) {
      await put(aRunningPod({ name: `${name}-${String(j).padStart(3, '0')}`, labels: { app: name, tier: 'all' }, ...state.pod(controller, size.now) }));
    }
    controllers.push({ name, total: chosen.map((state) => state.share).reduce(sum) });
  }
  return { controllers };
}

function ownedBy({ name, uid }: ReplicationController): PodOverrides {
  return { ownerReferences: [{ kind: 'ReplicationController', name, uid, controller: true }] };
}

function sum(a: Share, b: Share): Share {
  return {
    current: a.current + b.current,
    ready: a.ready + b.ready,
    available: a.available + b.available,
    terminating: a.terminating + b.terminating,
    listed: a.listed + b.listed,
  };
}
