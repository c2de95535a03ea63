import type { Kind } from '../api/kinds';

type Plain = Record<string, unknown>;

/** Fields of spec that came after objects had been stored, with what such an object means by having none. */
const ofPodSpec: Plain = { tolerations: [] };
const ofNodeSpec: Plain = { taints: [], drain: null };

/** Completes an object as it was read from the store, so that everybody else finds every field there (ADR 3). Changes it in place. */
export function addLaterFields(kind: Kind, spec: Plain): void {
  switch (kind) {
    case 'Pod':
      complete(spec, ofPodSpec);
      return;
    case 'ReplicationController': {
      const podSpec = partOf(partOf(spec, 'template'), 'spec');
      if (podSpec) complete(podSpec, ofPodSpec);
      return;
    }
    case 'ClusterNode':
      complete(spec, ofNodeSpec);
  }
}

function complete(spec: Plain, later: Plain): void {
  for (const [field, value] of Object.entries(later)) if (spec[field] === undefined) spec[field] = value;
}

function partOf(value: Plain | undefined, name: string): Plain | undefined {
  const part = value?.[name];
  return typeof part === 'object' && part !== null ? (part as Plain) : undefined;
}
