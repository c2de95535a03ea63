import type { ClusterNode } from '../../src/api/cluster-node';
import type { Pod, PodSpec } from '../../src/api/pod';
import type { ReplicationController } from '../../src/api/replication-controller';
import type { Identity } from '../../src/base/identity';
import type { Logger } from '../../src/base/logger';
import { silentLogger } from '../../src/base/logger';
import { createRegistries } from '../../src/registry';
import type { Draft, Registries } from '../../src/registry';
import { openMemoryStore } from '../../src/registry/store/memory/store';
import type { Store } from '../../src/registry/store/store';
import { aContainer, aNode, aPodTemplate } from './builders';
import { FakeClock } from './fake-clock';

/** The same ids and suffixes in each run. */
export class FakeIdentity implements Identity {
  private made = 0;

  uid(): string {
    return `10000000-0000-4000-8000-${this.count().toString(16).padStart(12, '0')}`;
  }

  suffix(): string {
    const digits = 'bcdfghjklm';
    return String(this.count()).padStart(5, '0').replace(/\d/g, (digit) => digits[Number(digit)] ?? 'z');
  }

  random(): number {
    return 1;
  }

  private count(): number {
    this.made += 1;
    return this.made;
  }
}

export interface RegistriesHarness {
  readonly store: Store;
  readonly clock: FakeClock;
  readonly registries: Registries;
  close(): Promise<void>;
}

export interface HarnessOptions {
  readonly clock?: FakeClock;
  /** Stays open when the harness closes, so that another can start on it. */
  readonly store?: Store;
  readonly windowEvents?: number;
  readonly windowBytes?: number;
  readonly identity?: Identity;
  readonly logger?: Logger;
  /** Do not wait until the caches are filled. */
  readonly unready?: boolean;
}

/** Registries with the real rules on a memory store and a fake clock. */
export async function openRegistries(options: HarnessOptions = {}): Promise<RegistriesHarness> {
  const { clock = new FakeClock(), identity = new FakeIdentity(), logger = silentLogger, windowEvents, windowBytes } = options;
  const store = options.store ?? (await openMemoryStore({ clock }));
  const registries = createRegistries({ store, clock, identity, logger, windowEvents, windowBytes });
  if (!options.unready) await registries.ready(new AbortController().signal);
  return {
    store,
    clock,
    registries,
    async close() {
      await registries.close();
      if (!options.store) await store.close();
    },
  };
}

type DraftOverrides<T extends Pod | ReplicationController | ClusterNode> = Partial<Draft<T>>;

export function aPodDraft(name: string, overrides: DraftOverrides<Pod> & { readonly podSpec?: Partial<PodSpec> } = {}): Draft<Pod> {
  const { podSpec, ...rest } = overrides;
  return {
    name,
    generateName: null,
    namespace: 'default',
    labels: {},
    annotations: {},
    spec: { containers: [aContainer()], ...podSpec },
    ...rest,
  };
}

/** Its pods are labelled app=NAME. */
export function anRcDraft(name: string, overrides: DraftOverrides<ReplicationController> = {}): Draft<ReplicationController> {
  return {
    name,
    generateName: null,
    namespace: 'default',
    labels: {},
    annotations: {},
    spec: { replicas: 1, selector: { app: name }, template: aPodTemplate({ labels: { app: name } }) },
    ...overrides,
  };
}

export function aNodeDraft(name: string, overrides: DraftOverrides<ClusterNode> = {}): Draft<ClusterNode> {
  return {
    name,
    generateName: null,
    namespace: null,
    labels: {},
    annotations: {},
    spec: {},
    status: aNode().status,
    ...overrides,
  };
}
