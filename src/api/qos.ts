import type { Container, PodQOSClass, PodSpec, ResourceList } from './pod';
import type { Quantity } from './quantity';
import { compareQuantities, parseQuantity } from './quantity';

const counted = ['cpu', 'memory'] as const;

/**
 * Kubernetes' rule, over all containers and init containers: GUARANTEED when each asks for exactly its limits, of cpu and of
 * memory; BEST_EFFORT when none says anything. An amount of 0 says nothing.
 */
export function qosClassOf({ containers, initContainers }: Pick<PodSpec, 'containers' | 'initContainers'>): PodQOSClass {
  const all = [...initContainers, ...containers];
  if (all.every(saysNothing)) return 'BEST_EFFORT';
  return all.every(asksForItsLimits) ? 'GUARANTEED' : 'BURSTABLE';
}

function saysNothing({ resources: { requests, limits } }: Container): boolean {
  return counted.every((name) => !said(requests, name) && !said(limits, name));
}

function asksForItsLimits({ resources: { requests, limits } }: Container): boolean {
  return counted.every((name) => {
    const [request, limit] = [said(requests, name), said(limits, name)];
    return request !== null && limit !== null && compareQuantities(request, limit) === 0;
  });
}

function said(list: ResourceList, name: (typeof counted)[number]): Quantity | null {
  const text = list[name];
  const quantity = text === null ? null : parseQuantity(text);
  return quantity && quantity.milli > 0n ? quantity : null;
}
