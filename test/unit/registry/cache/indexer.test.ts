import fc from 'fast-check';
import { controllerOf } from '../../../../src/api/meta';
import type { Pod } from '../../../../src/api/pod';
import { carries, controllerIndexer, controllersSelecting, podIndexer, podsCarrying } from '../../../../src/registry/cache/kind-indexes';
import { compareRefs, localKey } from '../../../../src/registry/keys';
import { aPod, anRc } from '../../../support/builders';

const namespace = fc.constantFrom('a', 'a-b', 'b');
const name = fc.constantFrom('x', 'y', 'z', 'x-1');
const labels = fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('web', 'db', ''));
const uid = fc.constantFrom('u1', 'u2', 'u3');
const selectors: readonly Record<string, string>[] = [{ app: 'web' }, { app: 'web', tier: 'db' }, { tier: '' }, {}];
const step = fc.record({ namespace, name, labels, owner: fc.option(uid), node: fc.option(fc.constantFrom('n1', 'n2')), gone: fc.boolean() });

describe('the indexer', () => {
  it('always finds exactly what a walk over all objects finds, in order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const indexer = podIndexer();
        const model = new Map<string, Pod>();
        for (const each of steps) {
          const key = localKey(each.namespace, each.name);
          if (each.gone) {
            indexer.remove(each.namespace, each.name);
            model.delete(key);
          } else {
            const ownerReferences = each.owner ? [{ kind: 'ReplicationController', name: 'rc', uid: each.owner, controller: true }] : [];
            const { node: nodeName } = each;
            const pod = aPod({ namespace: each.namespace, name: each.name, labels: each.labels, ownerReferences, spec: { nodeName } });
            indexer.set(pod);
            model.set(key, pod);
          }
          const walk = (belongs: (pod: Pod) => boolean) => [...model.values()].filter(belongs).sort(compareRefs);
          expect(indexer.list()).toEqual(walk(() => true));
          for (const space of ['a', 'a-b', 'b', 'c']) {
            expect(indexer.list(space)).toEqual(walk((pod) => pod.namespace === space));
            for (const selector of selectors) {
              expect(podsCarrying(indexer, space, selector).sort(compareRefs)).toEqual(walk((pod) => pod.namespace === space && carries(pod.labels, selector)));
            }
          }
          for (const node of ['', 'n1']) expect(indexer.find('node', node)).toEqual(walk((pod) => (pod.spec.nodeName ?? '') === node));
          expect(indexer.find('owner', 'u1')).toEqual(walk((pod) => controllerOf(pod)?.uid === 'u1'));
          for (const pod of model.values()) expect(indexer.byUid(pod.uid)).toBe(pod);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('does not confuse a label with one that only looks like it', () => {
    const indexer = podIndexer();
    indexer.set(aPod({ name: 'x', namespace: 'a', labels: { app: 'b/c' } }));
    expect(podsCarrying(indexer, 'a/app', { b: 'c' })).toEqual([]);
    expect(podsCarrying(indexer, 'a', { app: 'b' })).toEqual([]);
  });

  it('finds the controllers that select given labels', () => {
    const indexer = controllerIndexer();
    const web = anRc({ name: 'web', spec: { selector: { app: 'web' } } });
    const front = anRc({ name: 'front', spec: { selector: { tier: 'front', app: 'web' } } });
    for (const rc of [web, front, anRc({ name: 'other', namespace: 'b', spec: { selector: { app: 'web' } } })]) indexer.set(rc);
    expect(controllersSelecting(indexer, 'default', { app: 'web' })).toEqual([web]);
    expect(controllersSelecting(indexer, 'default', { app: 'web', tier: 'front', x: 'y' })).toEqual([web, front]);
    expect(controllersSelecting(indexer, 'default', { tier: 'front' })).toEqual([]);
  });

  it('serves 1,000 controllers over 20,000 pods by looking only at their own', () => {
    const indexer = podIndexer();
    for (let index = 0; index < 20_000; index += 1) indexer.set(aPod({ name: `p${index}`, labels: { app: `app-${index % 1_000}`, tier: 'all' } }));
    let looked = 0;
    for (let index = 0; index < 1_000; index += 1) {
      const found = podsCarrying(indexer, 'default', { tier: 'all', app: `app-${index}` });
      expect(found).toHaveLength(20);
      looked += indexer.bucket('label', `default\0app\0app-${index}`).size;
    }
    expect(looked).toBe(20_000);
    expect(indexer.list()).toHaveLength(20_000);
  });
});
