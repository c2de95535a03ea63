import fc from 'fast-check';
import type { Pod } from '../../src/api/pod';
import { isApiError } from '../../src/errors/api-error';
import { aNodeDraft, aPodDraft, openRegistries } from '../support/registries';

/**
 * D4 against a model: a client that read the object edits it with that version as precondition. It conflicts if, and only
 * if, somebody changed user-owned fields (or replaced the object) after it read. Status writes, bindings and adoptions may
 * come in between in any number.
 */
const step = fc.oneof(
  fc.record({ act: fc.constantFrom('read' as const), client: fc.nat(2) }),
  fc.record({ act: fc.constantFrom('edit' as const, 'editSpec' as const, 'delete' as const), client: fc.nat(2) }),
  fc.record({ act: fc.constantFrom('status' as const, 'bind' as const, 'own' as const, 'recreate' as const, 'noise' as const), client: fc.constant(0) }),
);

interface Seen {
  readonly version: string;
  /** How many user-owned changes the object had seen when this client read it. */
  readonly userChanges: number;
  readonly uid: string;
}

describe('a precondition', () => {
  it('conflicts exactly with the users\' changes made since the object was read', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { registries, close } = await openRegistries();
        const { pods } = registries;
        await registries.clusterNodes.create(aNodeDraft('node-a'));
        const ref = { namespace: 'default', name: 'web' };
        const atOnce = { gracePeriodSeconds: 0 };
        let userChanges = 0;
        let counter = 0;
        let present: Pod = await pods.create(aPodDraft('web'));
        const seen: (Seen | undefined)[] = [];
        try {
          for (const { act, client } of steps) {
            counter += 1;
            const value = String(counter);
            if (act === 'read') seen[client] = { version: (await pods.get(ref)).resourceVersion, userChanges, uid: present.uid };
            else if (act === 'status') await pods.updateStatus(ref, (pod) => ({ ...pod, status: { ...pod.status, message: value } }));
            else if (act === 'bind') await pods.bind(ref, 'node-a');
            else if (act === 'own') await pods.updateOwners(ref, () => [{ kind: 'ReplicationController', name: value, uid: present.uid, controller: true }]);
            else if (act === 'noise') await pods.create(aPodDraft(`other-${value}`));
            else if (act === 'recreate') {
              await pods.delete(ref, atOnce);
              present = await pods.create(aPodDraft('web'));
              userChanges += 1;
            } else {
              const known = seen[client];
              const preconditions = { resourceVersion: known?.version };
              const conflicts = known !== undefined && (known.userChanges !== userChanges || known.uid !== present.uid);
              const edit = (pod: Pod): Pod =>
                act === 'edit'
                  ? { ...pod, labels: { value } }
                  : { ...pod, spec: { ...pod.spec, containers: pod.spec.containers.map((container) => ({ ...container, image: `host-${value}` })) } };
              const work = act === 'delete' ? pods.delete(ref, { preconditions, ...atOnce }) : pods.update(ref, edit, { preconditions });
              const conflicted = await work.then(
                () => false,
                (error: unknown) => {
                  if (isApiError(error, 'CONFLICT')) return true;
                  throw error;
                },
              );
              expect(conflicted).toBe(conflicts);
              if (!conflicted) userChanges += 1;
              if (!conflicted && act === 'delete') present = await pods.create(aPodDraft('web'));
            }
          }
        } finally {
          await close();
        }
      }),
      { numRuns: 60 },
    );
  });

  it('lets exactly one of several clients win that edit at the same moment', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 6 }), fc.nat(4), async (clients, statusWrites) => {
        const { registries, close } = await openRegistries();
        try {
          const ref = { namespace: 'default', name: 'web' };
          const { resourceVersion } = await registries.pods.create(aPodDraft('web'));
          const edits = Array.from({ length: clients }, (_, client) =>
            registries.pods.update(ref, (pod) => ({ ...pod, labels: { client: String(client) } }), { preconditions: { resourceVersion } }),
          );
          const statuses = Array.from({ length: statusWrites }, (_, index) =>
            registries.pods.updateStatus(ref, (pod) => ({ ...pod, status: { ...pod.status, message: String(index) } })),
          );
          const results = await Promise.allSettled(edits);
          await Promise.all(statuses);
          const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
          expect(won).toHaveLength(1);
          expect((await registries.pods.get(ref)).labels).toEqual(won[0]?.labels);
        } finally {
          await close();
        }
      }),
      { numRuns: 40 },
    );
  });
});
