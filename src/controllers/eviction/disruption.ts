/** From this part of all nodes on (and more than two) it is more likely that something else is wrong than that they all died. */
const largePart = 0.55;
const fewNodes = 2;
const smallCluster = 50;
const cautiousRate = 0.01;

export interface NodeCounts {
  readonly nodes: number;
  readonly notReady: number;
}

/**
 * How many nodes a second may lose their pods because they are not ready; 0: none. With all nodes away there is nowhere to go, and
 * with most of a small cluster away it is this server's own line that is in doubt. Kubernetes' numbers. Pure.
 */
export function evictionRate({ nodes, notReady }: NodeCounts, usualRate: number): number {
  if (notReady > 0 && notReady >= nodes) return 0;
  if (notReady <= fewNodes || notReady / nodes < largePart) return usualRate;
  return nodes <= smallCluster ? 0 : Math.min(cautiousRate, usualRate);
}
