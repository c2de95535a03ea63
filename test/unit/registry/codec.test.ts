import { canonical, decodeObject, encodeObject, UndecodableValue } from '../../../src/registry/codec';
import type { ApiObject } from '../../../src/api/meta';
import type { Pod } from '../../../src/api/pod';
import type { ReplicationController } from '../../../src/api/replication-controller';
import { aContainer, aContainerStatus, aNode, aPod, anRc, aPodSpec, aPodTemplate } from '../../support/builders';

const at = (value: Uint8Array) => ({ value, modRevision: 12, createRevision: 7 });
const encoder = new TextEncoder();
const tagged = (tag: number, text: string) => Uint8Array.from([tag, ...encoder.encode(text)]);

describe('the codec', () => {
  it('gives back what was stored, with the version of the write, deep-frozen', () => {
    const pod = aPod({ labels: { 'x/y': 'ü' } });
    const stored = decodeObject<Pod>('Pod', at(encodeObject(pod, 5)));
    expect(stored).toEqual({ object: { ...pod, resourceVersion: '12' }, modRevision: 12, createRevision: 7, userRevision: 5 });
    expect(Object.isFrozen(stored.object.spec.containers)).toBe(true);
  });

  it('never stores the resourceVersion', () => {
    const text = Buffer.from(encodeObject(aPod({ resourceVersion: 'secret-version' }), 0)).toString();
    expect(text).not.toContain('secret-version');
    expect(text).not.toContain('resourceVersion');
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['a format of the future', tagged(2, '{}')],
    ['no JSON', tagged(1, '{"userRevision":')],
    ['no UTF-8', Uint8Array.from([1, 0xff, 0xfe])],
    ['no object', tagged(1, '{"userRevision":1}')],
    ['no revision', tagged(1, '{"object":{"kind":"Pod"}}')],
    ['another kind', tagged(1, '{"userRevision":1,"object":{"kind":"ClusterNode"}}')],
    ['null', tagged(1, 'null')],
  ])('refuses %s', (_, value) => {
    expect(() => decodeObject<Pod>('Pod', at(value))).toThrow(UndecodableValue);
  });

  describe('of an object that was stored before podql knew a field', () => {
    const later = ['securityContext', 'terminationMessagePath', 'terminationMessagePolicy', 'lifecycle', 'hostname', 'dnsPolicy', 'dnsConfig', 'hostAliases', 'imageID', 'started'];
    const without = <T>(object: T): T => JSON.parse(JSON.stringify(object, (name, value: unknown) => (later.includes(name) ? undefined : value))) as T;
    const containerStatuses = [aContainerStatus({ started: null })];
    const spec = aPodSpec({ initContainers: [aContainer({ name: 'first' })] });
    const pod = aPod({ spec, status: { containerStatuses, initContainerStatuses: containerStatuses } });

    it('gives what its absence means, in pods and in templates', () => {
      const old = encodeObject(without(pod), 5);
      expect(Buffer.from(old).toString()).not.toContain('dnsPolicy');
      expect(decodeObject<Pod>('Pod', at(old)).object).toEqual({ ...pod, resourceVersion: '12' });
      const rc = anRc({ spec: { template: aPodTemplate({ spec }) } });
      expect(decodeObject<ReplicationController>('ReplicationController', at(encodeObject(without(rc), 5))).object).toEqual({ ...rc, resourceVersion: '12' });
    });

    it('leaves what was said', () => {
      const said = aPod({ spec: { ...spec, hostname: 'db', dnsPolicy: 'DEFAULT', containers: [aContainer({ terminationMessagePath: '/tmp/why' })] } });
      expect(decodeObject<Pod>('Pod', at(encodeObject(said, 5))).object.spec).toEqual(said.spec);
    });

    it.each([
      ['no containers', { ...pod, spec: {} }],
      ['containers that are none', { ...pod, spec: { containers: [null, 1, 'x'], initContainers: 5 } }],
    ])('reads one with %s as before', (_what, broken) => {
      expect(() => decodeObject<Pod>('Pod', at(encodeObject(broken as Pod, 5)))).not.toThrow();
    });
  });

  it.each([

    ['Pod', aPod(), ['spec', 'tolerations']],
    ['ReplicationController', anRc(), ['spec', 'template', 'spec', 'tolerations']],
    ['ClusterNode', aNode(), ['spec', 'taints']],
  ] as const)('completes a %s that was stored before a field came', (kind, object, path) => {
    const now = JSON.parse(JSON.stringify(object)) as Record<string, unknown>;
    const earlier = JSON.parse(JSON.stringify(object)) as Record<string, unknown>;
    const [last, ...way] = [...path].reverse();
    delete way.reverse().reduce((part, name) => part[name] as Record<string, unknown>, earlier)[last as string];
    expect(earlier).not.toEqual(now);
    expect(decodeObject(kind, at(encodeObject(earlier as unknown as ApiObject, 0))).object).toEqual({ ...now, resourceVersion: '12' });
  });

  it('makes plain values that nobody else can change', () => {
    class Input {
      readonly list = [1];
      readonly absent = undefined;
    }
    const input = new Input();
    const plain = canonical(input);
    input.list.push(2);
    expect(plain).toStrictEqual({ list: [1] });
  });
});
