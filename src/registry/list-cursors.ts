import { createHash } from 'node:crypto';
import type { Kind } from '../api/kinds';
import type { ObjectRef } from '../api/meta';
import { ApiError } from '../errors/api-error';
import type { Revision } from './store/store';

/** Where a page ends: the revision of its list, and the object it ends with. */
export interface Cursor extends ObjectRef {
  readonly revision: Revision;
}

/** What makes a list another one: all that decides which objects are in it, apart from the moment. */
export interface ListIdentity {
  readonly kind: Kind;
  readonly namespace: string | null;
  readonly selection: Readonly<Record<string, unknown>>;
}

/** The cursors of one list. Each carries a hash of what the list is, so that no other list goes on from it somewhere by chance. */
export class ListCursors {
  /** Made when a cursor is printed or parsed: most lists are read without. */
  private made: string | undefined;

  constructor(private readonly identity: ListIdentity) {}

  print({ revision, namespace, name }: Cursor): string {
    return Buffer.from(JSON.stringify([revision, this.tag, namespace, name])).toString('base64url');
  }

  /** BAD_USER_INPUT for what print did not make, and for what it made for another list. */
  parse(text: string): Cursor {
    const [revision, tag, namespace, name] = decoded(text);
    const isPlace = typeof name === 'string' && (namespace === null || typeof namespace === 'string');
    if (!isPlace || typeof revision !== 'number' || !Number.isSafeInteger(revision) || revision < 1 || typeof tag !== 'string') {
      throw new ApiError('BAD_USER_INPUT', `after: ${JSON.stringify(text.slice(0, 40))} is not a cursor; give back one that a page of this list contained`);
    }
    if (tag !== this.tag) {
      throw new ApiError(
        'BAD_USER_INPUT',
        'after: this cursor belongs to another list; give it to the list it came from, with the same namespace, labelSelector and filter, or leave out after to start from the first page',
      );
    }
    return { revision, namespace, name };
  }

  private get tag(): string {
    this.made ??= createHash('sha256').update(JSON.stringify(canonical(this.identity))).digest('base64url').slice(0, 12);
    return this.made;
  }
}

/** Fields by name and without those that say nothing, in whatever order and form they were given. */
function canonical(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value ?? undefined;
  const telling = Object.entries(value)
    .map(([field, part]) => [field, canonical(part)] as const)
    .filter(([, part]) => part !== undefined);
  return telling.length === 0 ? undefined : Object.fromEntries(telling.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function decoded(text: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}
