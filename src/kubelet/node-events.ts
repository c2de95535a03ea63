import type { EventFacts } from '../api/event';
import type { Finding } from './node-conditions';

/** What is told of the node: Kubernetes' words for the reasons. */
export type NodeEvent = Pick<EventFacts, 'type' | 'reason' | 'message'>;

const words: Readonly<Record<string, { readonly begins: string; readonly ends: string; readonly over: string }>> = {
  MemoryPressure: { begins: 'NodeHasInsufficientMemory', ends: 'NodeHasSufficientMemory', over: 'enough memory is available again' },
  DiskPressure: { begins: 'NodeHasDiskPressure', ends: 'NodeHasNoDiskPressure', over: 'enough of the disk is free again' },
};

/** Pressure that begins or ends between two looks. Whether the node is ready is told by the control plane, which also knows when it is silent. Pure. */
export function nodeEvents(before: readonly Finding[], after: readonly Finding[]): readonly NodeEvent[] {
  return after.flatMap(({ type, status, message }): NodeEvent[] => {
    const known = words[type];
    const was = before.find((finding) => finding.type === type)?.status;
    if (!known || (was === 'TRUE') === (status === 'TRUE')) return [];
    if (status === 'TRUE') return [{ type: 'WARNING', reason: known.begins, message: message ?? known.begins }];
    return [{ type: 'NORMAL', reason: known.ends, message: known.over }];
  });
}
