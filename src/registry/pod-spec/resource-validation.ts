import { quoted } from '../../api/names';
import type { ResourceList, ResourceRequirements } from '../../api/pod';
import type { Quantity } from '../../api/quantity';
import { compareQuantities, parseQuantity } from '../../api/quantity';
import type { Causes } from '../causes';

const examples = { cpu: '"250m" or "1.5"', memory: '"64Mi" or "1.5Gi"' } as const;

/** What a container asks for and may use at most. */
export function validateResources(causes: Causes, field: string, { requests, limits }: ResourceRequirements): void {
  for (const name of ['cpu', 'memory'] as const) {
    const request = amount(causes, `${field}.requests.${name}`, requests[name], examples[name]);
    const limit = amount(causes, `${field}.limits.${name}`, limits[name], examples[name]);
    if (request && limit && compareQuantities(request, limit) > 0) {
      causes.invalid(`${field}.requests.${name}`, `must not be greater than the limit (${limits[name]}); it is ${requests[name]}`);
    }
  }
  for (const [part, list] of [['requests', requests], ['limits', limits]] as const) {
    if (list.pods !== null) causes.forbidden(`${field}.${part}.pods`, 'must be absent: only nodes have room for a number of pods');
  }
}

/** What a node has. */
export function validateNodeResources(causes: Causes, field: string, list: ResourceList): void {
  for (const name of ['cpu', 'memory'] as const) amount(causes, `${field}.${name}`, list[name], examples[name]);
  if (list.pods !== null) causes.wholeNumber(`${field}.pods`, list.pods, { min: 0, max: 1_000_000 });
}

/** One amount; null when there is none or a bad one, which is reported. */
export function amount(causes: Causes, field: string, text: string | null, example: string): Quantity | null {
  if (text === null) return null;
  const quantity = parseQuantity(text);
  if (!quantity) causes.invalid(field, `must be a quantity like ${example}; ${quoted(text)} is none`);
  else if (quantity.milli < 0n) causes.invalid(field, `must not be negative; it is ${text}`);
  else return quantity;
  return null;
}
