import type { Loose } from '../../api/loose';
import type { Toleration } from '../../api/taints';

/** An empty text is no text: in Kubernetes' manifests both say the same. */
export function tolerationWithDefaults(toleration: Loose<Toleration>): Toleration {
  return {
    key: toleration.key || null,
    operator: toleration.operator ?? 'EQUAL',
    value: toleration.value || null,
    effect: toleration.effect ?? null,
    tolerationSeconds: toleration.tolerationSeconds ?? null,
  };
}
