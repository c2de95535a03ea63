import type { Container, ResourceList } from '../../../src/api/pod';
import { noResources } from '../../../src/api/pod';
import { requestsOf } from '../../../src/api/pod-requests';
import { aContainer, aPodSpec } from '../../support/builders';

const asking = (requests: Partial<ResourceList>, overrides: Partial<Container> = {}): Container =>
  aContainer({ resources: { requests: { ...noResources, ...requests }, limits: noResources }, ...overrides });
const sidecar = { restartPolicy: 'ALWAYS' } as const;
const mebibyte = 1024 * 1024;

describe('requests of a pod', () => {
  it.each([
    { pod: 'that asks for nothing', containers: [asking({})], initContainers: [], cpu: 0, memory: 0 },
    { pod: 'with two containers', containers: [asking({ cpu: '250m', memory: '64Mi' }), asking({ cpu: '1' })], initContainers: [], cpu: 1250, memory: 64 },
    { pod: 'with a small init container', containers: [asking({ cpu: '1' })], initContainers: [asking({ cpu: '500m' })], cpu: 1000, memory: 0 },
    {
      pod: 'with large init containers, which run one after the other',
      containers: [asking({ cpu: '1' })],
      initContainers: [asking({ cpu: '3', memory: '1Mi' }), asking({ cpu: '2', memory: '2Mi' })],
      cpu: 3000,
      memory: 2,
    },
    { pod: 'with a sidecar, which runs beside all', containers: [asking({ cpu: '1' })], initContainers: [asking({ cpu: '2' }, sidecar)], cpu: 3000, memory: 0 },
    {
      pod: 'with a sidecar before a large init container',
      containers: [asking({ cpu: '1' })],
      initContainers: [asking({ cpu: '1' }, sidecar), asking({ cpu: '4' })],
      cpu: 5000,
      memory: 0,
    },
    {
      pod: 'with a sidecar after a large init container',
      containers: [asking({ cpu: '1' })],
      initContainers: [asking({ cpu: '4' }), asking({ cpu: '1' }, sidecar)],
      cpu: 4000,
      memory: 0,
    },
  ])('of a pod $pod', ({ containers, initContainers, cpu, memory }) => {
    expect(requestsOf(aPodSpec({ containers, initContainers }))).toEqual({ cpu, memory: memory * mebibyte });
  });
});
