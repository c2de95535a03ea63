import type { Labels } from '../api/meta';

/** Labels or annotations after a draft was applied: a map that is given replaces the whole map; what is not given stays. */
export function appliedMap(current: Labels, given: Labels): Labels {
  return Object.keys(given).length === 0 ? current : { ...given };
}
