import type { OwnerReference } from '../../../../src/api/meta';
import type { Pod } from '../../../../src/api/pod';
import { mostChangesPerPass, planReplication } from '../../../../src/controllers/replication/plan';
import { aMoment, anRc, aPod, aRunningPod } from '../../../support/builders';

const rc = anRc({ spec: { replicas: 2 } });
const ours: OwnerReference = { kind: 'ReplicationController', name: rc.name, uid: rc.uid, controller: true };
const another: OwnerReference = { ...ours, name: 'other', uid: 'other-uid' };
const matching = { labels: { app: 'web', tier: 'front' } };

const owned = (name: string, overrides: Partial<Pod> = {}): Pod => aRunningPod({ name, ...matching, ownerReferences: [ours], ...overrides });
const orphan = (name: string): Pod => aRunningPod({ name, ...matching });

function plan(pods: readonly Pod[], controller = rc) {
  const { adopt, release, create, remove } = planReplication({ controller, pods, now: Date.parse(aMoment) });
  const names = (of: readonly Pod[]): string[] => of.map(({ name }) => name).sort();
  return { adopt: names(adopt), release: names(release), create, remove: names(remove) };
}
const quiet = { adopt: [], release: [], create: 0, remove: [] };

describe('replication plan', () => {
  it('creates what is missing', () => {
    expect(plan([])).toEqual({ ...quiet, create: 2 });
    expect(plan([owned('a')])).toEqual({ ...quiet, create: 1 });
  });

  it('plans nothing when as many run as are wanted', () => {
    expect(plan([owned('a'), owned('b')])).toEqual(quiet);
  });

  it('removes the surplus, those that are missed least first', () => {
    const pending = aPod({ name: 'pending', ...matching, ownerReferences: [ours] });
    expect(plan([owned('a'), pending, owned('b')])).toEqual({ ...quiet, remove: ['pending'] });
  });

  it('removes all when none is wanted', () => {
    expect(plan([owned('a'), owned('b')], anRc({ ...rc, spec: { replicas: 0 } }))).toEqual({ ...quiet, remove: ['a', 'b'] });
  });

  it.each(['SUCCEEDED', 'FAILED'] as const)('replaces a pod that has %s and lets it be', (phase) => {
    expect(plan([owned('a'), owned('b', { status: { ...owned('b').status, phase } })])).toEqual({ ...quiet, create: 1 });
  });

  it('replaces a pod that is being deleted and lets it be', () => {
    expect(plan([owned('a'), owned('b', { deletionTimestamp: aMoment })])).toEqual({ ...quiet, create: 1 });
  });

  it('adopts an orphan that matches, and counts it', () => {
    expect(plan([owned('a'), orphan('b')])).toEqual({ ...quiet, adopt: ['b'] });
  });

  it('adopts orphans before it removes the surplus', () => {
    const { adopt, remove } = plan([owned('a'), owned('b'), orphan('c')]);
    expect([adopt, remove.length]).toEqual([['c'], 1]);
  });

  it('does not adopt what has finished or is being deleted', () => {
    const failed = { ...orphan('b'), status: { ...orphan('b').status, phase: 'FAILED' as const } };
    expect(plan([failed, { ...orphan('c'), deletionTimestamp: aMoment }])).toEqual({ ...quiet, create: 2 });
  });

  it('adopts a pod whose owners do not control it', () => {
    const referenced = aRunningPod({ name: 'b', ...matching, ownerReferences: [{ ...another, controller: false }] });
    expect(plan([owned('a'), referenced])).toEqual({ ...quiet, adopt: ['b'] });
  });

  it('releases what it owns and what no longer matches, and replaces it', () => {
    expect(plan([owned('a'), owned('b', { labels: { app: 'debug' } })])).toEqual({ ...quiet, release: ['b'], create: 1 });
  });

  it('neither touches nor counts what another controller owns, match or not', () => {
    const theirs = [orphan('b'), orphan('c')].map((pod) => ({ ...pod, ownerReferences: [another] }));
    expect(plan([owned('a'), ...theirs, { ...orphan('d'), labels: {}, ownerReferences: [another] }])).toEqual({ ...quiet, create: 1 });
  });

  it('neither touches nor counts an orphan that does not match, nor one of another namespace', () => {
    expect(plan([owned('a'), { ...orphan('b'), labels: { app: 'db' } }, { ...orphan('c'), namespace: 'else' }])).toEqual({ ...quiet, create: 1 });
  });

  it('selects nothing with an empty selector', () => {
    expect(plan([orphan('a')], anRc({ ...rc, spec: { replicas: 0, selector: {} } }))).toEqual(quiet);
  });

  it('does nothing while the controller is being deleted', () => {
    const pods = [owned('a'), owned('b'), owned('c'), orphan('d'), owned('e', { labels: {} })];
    expect(plan(pods, { ...rc, deletionTimestamp: aMoment })).toEqual(quiet);
    expect(plan([], { ...rc, deletionTimestamp: aMoment })).toEqual(quiet);
  });

  it('creates and removes a bounded number in one pass', () => {
    expect(plan([], anRc({ ...rc, spec: { replicas: 10_000 } })).create).toBe(mostChangesPerPass);
    const many = Array.from({ length: 700 }, (_, i) => owned(`pod-${i}`));
    expect(plan(many, anRc({ ...rc, spec: { replicas: 1 } })).remove).toHaveLength(mostChangesPerPass);
    expect(plan(many, anRc({ ...rc, spec: { replicas: 400 } })).remove).toHaveLength(300);
  });
});
