import type { EventDraft } from '../../api/event';
import { eventTypes } from '../../api/event';
import { isUuid } from '../../api/names';
import type { Cause } from '../../errors/api-error';
import { Causes, greatestInt } from '../causes';

const longestReason = 128;
const longestMessage = 1024;
/** A word that programs compare. */
const reasonWord = /^[A-Z][A-Za-z0-9]*$/;

/** What an event must be to be kept. All causes at once. */
export function validateEvent(field: string, { type, reason, seen, involved }: EventDraft): readonly Cause[] {
  const causes = new Causes();
  if (!eventTypes.includes(type)) causes.notSupported(`${field}.type`, String(type), eventTypes);
  if (reason.length > longestReason) causes.add(`${field}.reason`, 'FieldValueTooLong', `must have at most ${longestReason} characters, not ${reason.length}`);
  else if (!reasonWord.test(reason)) causes.invalid(`${field}.reason`, 'must be one CamelCase word, like BackOff');
  if (seen) {
    causes.wholeNumber(`${field}.count`, seen.count, { min: 1, max: greatestInt });
    if (seen.firstSeenAt > seen.lastSeenAt) causes.invalid(`${field}.firstSeenAt`, 'must not be later than lastSeenAt');
  }
  if (!isUuid(involved.uid)) causes.invalid(`${field}.podUid`, 'must be a UUID');
  return causes.list();
}

/** A long message says the essential at its beginning. */
export function shortened(message: string): string {
  return message.length <= longestMessage ? message : `${message.slice(0, longestMessage - 1)}…`;
}
