export const taintEffects = ['NO_SCHEDULE', 'PREFER_NO_SCHEDULE', 'NO_EXECUTE'] as const;
/** NO_SCHEDULE keeps new pods off, PREFER_NO_SCHEDULE if there is another node, NO_EXECUTE also sends away those that are there. */
export type TaintEffect = (typeof taintEffects)[number];
export const tolerationOperators = ['EXISTS', 'EQUAL'] as const;
export type TolerationOperator = (typeof tolerationOperators)[number];

/** Keeps pods off a node that do not say that they tolerate it. Key and effect together are unique on a node. */
export interface Taint {
  readonly key: string;
  readonly value: string | null;
  readonly effect: TaintEffect;
  readonly timeAdded: string | null;
}

export interface Toleration {
  /** Null, with EXISTS: every taint. */
  readonly key: string | null;
  readonly operator: TolerationOperator;
  readonly value: string | null;
  /** Null: every effect. */
  readonly effect: TaintEffect | null;
  /** Of NO_EXECUTE: how long the pod stays once the taint is there; null: for ever. Below 0 is 0. */
  readonly tolerationSeconds: number | null;
}

/** The taints that say how a node is, or what became of it. Only node-lifecycle sets them. */
export const healthTaintKeys = {
  notReady: 'node.kubernetes.io/not-ready',
  unreachable: 'node.kubernetes.io/unreachable',
  memoryPressure: 'node.kubernetes.io/memory-pressure',
  diskPressure: 'node.kubernetes.io/disk-pressure',
} as const;
const healthKeys: ReadonlySet<string> = new Set(Object.values(healthTaintKeys));

export function isHealthTaint({ key }: Pick<Taint, 'key'>): boolean {
  return healthKeys.has(key);
}

/** Kubernetes' rule. Pure. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { key, operator, value, effect } = toleration;
  if (effect !== null && effect !== taint.effect) return false;
  if (key !== null && key !== taint.key) return false;
  // Without a key only EXISTS is valid.
  return operator === 'EXISTS' || (key !== null && (value ?? '') === (taint.value ?? ''));
}

/** The first toleration that covers the taint, as Kubernetes chooses it. */
export function tolerationOf(tolerations: readonly Toleration[], taint: Taint): Toleration | undefined {
  return tolerations.find((toleration) => tolerates(toleration, taint));
}

/** As people write it: "dedicated=gpu:NoSchedule" without the effect. */
export function taintText({ key, value }: Pick<Taint, 'key' | 'value'>): string {
  return value === null ? key : `${key}=${value}`;
}
