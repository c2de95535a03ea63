import type { EventFacts } from '../../api/event';
import type { Operation } from '../client';

/** `podUid` null: it happened to the node itself. */
export type NodeEventInput = Omit<EventFacts, 'source'> & { readonly podUid: string | null };

/** The server takes at most this many in one call. */
export const mostEventsPerCall = 500;

export const recordEvents: Operation<
  { readonly recordEvents: { readonly accepted: number } },
  { readonly input: { readonly nodeName: string; readonly events: readonly NodeEventInput[] } }
> = {
  name: 'RecordEvents',
  document: /* GraphQL */ `
    mutation RecordEvents($input: RecordEventsInput!) {
      recordEvents(input: $input) {
        accepted
      }
    }
  `,
};
