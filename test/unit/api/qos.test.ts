import type { Container, PodQOSClass, ResourceRequirements } from '../../../src/api/pod';
import { noResources } from '../../../src/api/pod';
import { qosClassOf } from '../../../src/api/qos';
import { aContainer } from '../../support/builders';

const amounts = (cpu: string | null, memory: string | null) => ({ cpu, memory, pods: null });
const asking = (requests: ResourceRequirements['requests'], limits: ResourceRequirements['limits']): Container => aContainer({ resources: { requests, limits } });
const nothing = asking(noResources, noResources);
const exact = asking(amounts('1', '64Mi'), amounts('1', '64Mi'));

describe('qosClassOf', () => {
  const cases: [what: string, containers: Container[], initContainers: Container[], expected: PodQOSClass][] = [
    ['nothing said', [nothing, nothing], [nothing], 'BEST_EFFORT'],
    ['nothing but amounts of 0', [asking(amounts('0', '0'), amounts('0', null))], [], 'BEST_EFFORT'],
    ['everything limited, and just that asked for', [exact, exact], [exact], 'GUARANTEED'],
    ['the same amounts in other words', [asking(amounts('1000m', '65536Ki'), amounts('1', '64Mi'))], [], 'GUARANTEED'],
    ['less asked for than the limit', [asking(amounts('500m', '64Mi'), amounts('1', '64Mi'))], [], 'BURSTABLE'],
    ['no limit of memory', [asking(amounts('1', '64Mi'), amounts('1', null))], [], 'BURSTABLE'],
    ['only cpu limited', [asking(amounts('1', null), amounts('1', null))], [], 'BURSTABLE'],
    ['0 asked for under a limit', [asking(amounts('0', '64Mi'), amounts('1', '64Mi'))], [], 'BURSTABLE'],
    ['one container that says nothing', [exact, nothing], [], 'BURSTABLE'],
    ['an init container that says nothing', [exact], [nothing], 'BURSTABLE'],
    ['only an init container that says something', [nothing], [exact], 'BURSTABLE'],
  ];
  it.each(cases)('%s', (_what, containers, initContainers, expected) => expect(qosClassOf({ containers, initContainers })).toBe(expected));
});
