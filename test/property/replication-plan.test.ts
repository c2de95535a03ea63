import fc from 'fast-check';
import type { OwnerReference } from '../../src/api/meta';
import { controllerOf } from '../../src/api/meta';
import type { Pod } from '../../src/api/pod';
import { isActive, podPhases } from '../../src/api/pod';
import type { ReplicationPlan } from '../../src/controllers/replication/plan';
import { planReplication } from '../../src/controllers/replication/plan';
import { controllerReference } from '../../src/controllers/replication/pod-template';
import { aCondition, aMoment, anRc, aPod, aPodTemplate } from '../support/builders';

const now = Date.parse(aMoment) + 1_000_000;
const rc = anRc();
const ours = controllerReference(rc);
const theirs: OwnerReference = { ...ours, name: 'other', uid: 'other-uid' };

const somePod: fc.Arbitrary<Omit<Pod, 'name' | 'uid'>> = fc
  .record({
    app: fc.constantFrom('web', 'db'),
    owner: fc.constantFrom(ours, ours, theirs, undefined),
    phase: fc.constantFrom(...podPhases),
    isGoing: fc.boolean(),
    nodeName: fc.constantFrom(null, 'node-a', 'node-b'),
    ready: fc.option(fc.integer({ min: -10, max: 1_000_000 })),
    age: fc.integer({ min: 0, max: 1_000_000 }),
  })
  .map(({ app, owner, phase, isGoing, nodeName, ready, age }) =>
    aPod({
      labels: { app },
      ownerReferences: owner ? [owner] : [],
      deletionTimestamp: isGoing ? aMoment : null,
      creationTimestamp: new Date(now - age).toISOString(),
      spec: { nodeName },
      status: {
        phase,
        conditions: ready === null ? [] : [aCondition('Ready', { lastTransitionTime: new Date(now - ready).toISOString() })],
      },
    }),
  );

const somePods = fc
  .array(somePod, { maxLength: 30 })
  .map((pods) => pods.map((pod, i): Pod => ({ ...pod, name: `pod-${i}`, uid: `uid-${i}` })));

/** The world after all of the plan was done. */
function carryOut(plan: ReplicationPlan, pods: readonly Pod[], round: number): Pod[] {
  const [adopted, released, removed] = [new Set(plan.adopt), new Set(plan.release), new Set(plan.remove)];
  const changed = pods.map((pod): Pod => {
    let next = pod;
    if (adopted.has(pod)) next = { ...next, ownerReferences: [...next.ownerReferences, ours] };
    if (released.has(pod)) next = { ...next, ownerReferences: next.ownerReferences.filter(({ uid }) => uid !== rc.uid) };
    if (removed.has(pod)) next = { ...next, deletionTimestamp: aMoment };
    return next;
  });
  const created = Array.from({ length: plan.create }, (_, i) =>
    aPod({ name: `new-${round}-${i}`, labels: aPodTemplate().labels, ownerReferences: [ours] }),
  );
  return [...changed, ...created];
}

const isNothing = ({ adopt, release, create, remove }: ReplicationPlan): boolean =>
  adopt.length + release.length + create + remove.length === 0;

describe('replication plan, over random pods', () => {
  it('reaches exactly the wanted number of active pods of its own, and then rests', () => {
    fc.assert(
      fc.property(somePods, fc.integer({ min: 0, max: 1_700 }), (start, replicas) => {
        const controller = anRc({ ...rc, spec: { ...rc.spec, replicas } });
        let pods = start;
        let rounds = 0;
        for (let plan = planReplication({ controller, pods, now }); !isNothing(plan); plan = planReplication({ controller, pods, now })) {
          rounds += 1;
          expect(rounds).toBeLessThanOrEqual(1 + Math.ceil(replicas / 500));
          pods = carryOut(plan, pods, rounds);
        }
        const counted = pods.filter((pod) => isActive(pod) && controllerOf(pod)?.uid === rc.uid);
        expect(counted).toHaveLength(replicas);
        expect(counted.every((pod) => pod.labels.app === 'web')).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('never touches what another controller owns, what has finished, or what is going', () => {
    fc.assert(
      fc.property(somePods, fc.nat(10), (pods, replicas) => {
        const plan = planReplication({ controller: anRc({ ...rc, spec: { ...rc.spec, replicas } }), pods, now });
        for (const pod of [...plan.adopt, ...plan.release, ...plan.remove]) {
          expect([undefined, rc.uid]).toContain(controllerOf(pod)?.uid);
          expect(isActive(pod)).toBe(true);
        }
      }),
    );
  });

  it('two controllers that select the same pods come to rest, and each has its own', () => {
    fc.assert(
      fc.property(somePods, fc.nat(8), fc.nat(8), (start, first, second) => {
        const controllers = [
          anRc({ ...rc, spec: { ...rc.spec, replicas: first } }),
          anRc({ ...rc, name: 'other', uid: theirs.uid, spec: { ...rc.spec, replicas: second } }),
        ];
        let pods = start;
        let atRest = 0;
        for (let round = 0; atRest < 2; round += 1) {
          expect(round).toBeLessThan(20);
          const controller = controllers[round % 2] ?? rc;
          const plan = planReplication({ controller, pods, now });
          atRest = isNothing(plan) ? atRest + 1 : 0;
          pods = carryOut(plan, pods, round).map((pod) => replaceOwner(pod, plan, controller.uid, round));
        }
        const countOf = (uid: string): number => pods.filter((pod) => isActive(pod) && controllerOf(pod)?.uid === uid).length;
        expect([countOf(rc.uid), countOf(theirs.uid)]).toEqual([first, second]);
      }),
    );
  });
});

/** carryOut acts as the first controller; what it adopted, released or created for the second is put right here. */
function replaceOwner(pod: Pod, plan: ReplicationPlan, uid: string, round: number): Pod {
  if (uid === rc.uid) return pod;
  const isNew = pod.name.startsWith(`new-${round}-`);
  if (isNew || plan.adopt.some((adopted) => adopted.uid === pod.uid)) return { ...pod, ownerReferences: [theirs] };
  if (plan.release.some((released) => released.uid === pod.uid)) return { ...pod, ownerReferences: [] };
  return pod;
}
