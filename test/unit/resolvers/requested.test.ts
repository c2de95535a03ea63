import { requestedBy } from '../../../src/resolvers/requested';
import type { Container } from '../../../src/api/pod';
import { noResources } from '../../../src/api/pod';
import { aContainer, aPod } from '../../support/builders';

const wants = (cpu: string | null, memory: string | null, more: Partial<Container> = {}) =>
  aContainer({ resources: { requests: { cpu, memory, pods: null }, limits: noResources }, ...more });

test('nothing is asked for by no pods', () => {
  expect(requestedBy([])).toEqual({ cpu: '0', memory: '0', pods: 0 });
});

test('containers add up over all pods, and pods without requests count as pods', () => {
  const pod = aPod({ spec: { containers: [wants('250m', '64Mi'), wants('1', null)] } });
  expect(requestedBy([pod, pod, aPod()])).toEqual({ cpu: '2500m', memory: '128Mi', pods: 3 });
});

test('an init container counts where it needs more than what runs afterwards; sidecars run with both', () => {
  const pod = aPod({
    spec: {
      initContainers: [wants('100m', '10Mi', { restartPolicy: 'ALWAYS' }), wants('2', '5Mi')],
      containers: [wants('500m', '100Mi')],
    },
  });
  expect(requestedBy([pod])).toEqual({ cpu: '2100m', memory: '110Mi', pods: 1 });
});

test('finished pods ask for nothing', () => {
  expect(requestedBy([aPod({ spec: { containers: [wants('1', '1Gi')] }, status: { phase: 'FAILED' } })])).toEqual({ cpu: '0', memory: '0', pods: 0 });
});
