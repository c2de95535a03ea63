import type { Loose } from '../../api/loose';
import type { ResourceList, ResourceRequirements } from '../../api/pod';
import { canonicalQuantity } from '../../api/quantity';

/** The canonical form of a quantity. What is none stays as it was written, for the validation to show. */
export function canonicalAmount(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : (canonicalQuantity(text) ?? text);
}

export function resourceListWithDefaults(list: Loose<ResourceList> | null | undefined): ResourceList {
  return { cpu: canonicalAmount(list?.cpu), memory: canonicalAmount(list?.memory), pods: list?.pods ?? null };
}

/** Who only says what a container may use at most, asks for just as much. */
export function resourcesWithDefaults(resources: Loose<ResourceRequirements> | null | undefined): ResourceRequirements {
  const limits = resourceListWithDefaults(resources?.limits);
  const requests = resourceListWithDefaults(resources?.requests);
  return { limits, requests: { ...requests, cpu: requests.cpu ?? limits.cpu, memory: requests.memory ?? limits.memory } };
}
