import { involvedIn } from '../../api/event';
import type { ApiObject } from '../../api/meta';
import type { Registries } from '../../registry/types';

/** What one loop tells of objects: `reason` is one CamelCase word, `message` a sentence. Never waits, never throws. */
export interface Told {
  normal(object: ApiObject, reason: string, message: string): void;
  warning(object: ApiObject, reason: string, message: string): void;
}

/** A loop looks at the same thing many times: what it says again in the same words within so many seconds is no news. */
const quietSeconds = 30;

export function toldBy(source: string, { events }: Pick<Registries, 'events'>): Told {
  const tell = (type: 'NORMAL' | 'WARNING') => (object: ApiObject, reason: string, message: string) =>
    events.record({ type, reason, message, source, involved: involvedIn(object), quietSeconds });
  return { normal: tell('NORMAL'), warning: tell('WARNING') };
}
