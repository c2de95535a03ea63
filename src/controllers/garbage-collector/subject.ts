/** What one pass is about. */
export type Subject =
  | { readonly kind: 'owner'; readonly uid: string }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'finished' };

/** As a queue's key: "owner/UID", "node/NAME", "finished". */
export function keyOfSubject(subject: Subject): string {
  switch (subject.kind) {
    case 'owner':
      return `owner/${subject.uid}`;
    case 'node':
      return `node/${subject.name}`;
    case 'finished':
      return 'finished';
  }
}

/** The reverse; throws on what keyOfSubject never made. */
export function subjectOf(key: string): Subject {
  const slash = key.indexOf('/');
  const kind = slash < 0 ? key : key.slice(0, slash);
  const rest = key.slice(slash + 1);
  switch (kind) {
    case 'owner':
      return { kind, uid: rest };
    case 'node':
      return { kind, name: rest };
    case 'finished':
      return { kind };
    default:
      throw new Error(`${key} is no subject of the garbage collector`);
  }
}
