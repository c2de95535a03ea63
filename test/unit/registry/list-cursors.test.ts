import type { ListIdentity } from '../../../src/registry/list-cursors';
import { ListCursors } from '../../../src/registry/list-cursors';

const place = { revision: 12, namespace: 'default', name: 'web' };
const cursors = (identity: Partial<ListIdentity> = {}): ListCursors => new ListCursors({ kind: 'Pod', namespace: null, selection: {}, ...identity });
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const otherList = expect.objectContaining({ code: 'BAD_USER_INPUT', message: expect.stringMatching(/^after: this cursor belongs to another list; .*leave out after/) as string }) as Error;
const noCursor = expect.objectContaining({ code: 'BAD_USER_INPUT', message: expect.stringMatching(/^after: .* is not a cursor/) as string }) as Error;

describe('the cursors of a list', () => {
  it('name a place in it', () => {
    expect(cursors().parse(cursors().print(place))).toEqual(place);
    expect(cursors({ kind: 'ClusterNode' }).parse(cursors({ kind: 'ClusterNode' }).print({ ...place, namespace: null }))).toEqual({ ...place, namespace: null });
  });

  it.each<[string, Partial<ListIdentity>]>([
    ['of another kind', { kind: 'ReplicationController' }],
    ['of another namespace', { namespace: 'team' }],
    ['of all namespaces', { namespace: null }],
    ['with another selector', { selection: { labels: 'app=db', filter: { ready: true } } }],
    ['with another filter', { selection: { labels: 'app=web', filter: { ready: false } } }],
    ['without a filter', { selection: { labels: 'app=web' } }],
    ['of what belongs to another object', { selection: { labels: 'app=web', filter: { ready: true }, of: ['ClusterNode', 'x'] } }],
  ])('are refused by a list %s', (_what, other) => {
    const identity = { namespace: 'default', selection: { labels: 'app=web', filter: { ready: true } } };
    const cursor = cursors(identity).print(place);
    expect(() => cursors({ ...identity, ...other }).parse(cursor)).toThrow(otherList);
  });

  it('do not depend on the order in which its arguments were given, nor on those that say nothing', () => {
    const one = cursors({ selection: { labels: 'app=web', filter: { ready: true, phase: 'RUNNING', nodeName: null } } });
    const same = cursors({ selection: { filter: { phase: 'RUNNING', ready: true, nodeName: undefined }, labels: 'app=web' } });
    expect(same.parse(one.print(place))).toEqual(place);
    expect(cursors().parse(cursors({ selection: { filter: { ready: null }, labels: undefined } }).print(place))).toEqual(place);
  });

  it.each(['', 'x', '!!', encoded([]), encoded({}), encoded([12, 'default', 'web']), encoded([0, 'tag', 'default', 'web']), encoded([1.5, 'tag', 'default', 'web']), encoded([12, 'tag', 7, 'web'])])(
    '%j is none',
    (text) => expect(() => cursors().parse(text)).toThrow(noCursor),
  );
});
