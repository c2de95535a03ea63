import fc from 'fast-check';
import { parse } from 'yaml';
import { defaultRestartBackoff } from '../../../../src/api/pod';
import type { Pod } from '../../../../src/api/pod';
import type { ReplicationController } from '../../../../src/api/replication-controller';
import { podStrategy } from '../../../../src/registry/pod/strategy';
import { replicationControllerStrategy } from '../../../../src/registry/replication-controller/strategy';
import { parseManifest } from '../../../../src/registry/manifest/parse';
import { printManifest } from '../../../../src/registry/manifest/print';
import { arbitraryPod, arbitraryRc } from '../../../support/arbitrary-objects';
import { aContainer, aNode, aPod, aPodSpec, aPodTemplate, aRunningPod, anRc } from '../../../support/builders';

/** What a create of the printed manifest would store. */
function reread(text: string): unknown {
  const [object] = parseManifest(text, { defaultNamespace: 'elsewhere' });
  if (!object) throw new Error('nothing was read');
  const prepared = object.kind === 'Pod' ? podStrategy.prepareForCreate(object.draft) : replicationControllerStrategy.prepareForCreate(object.draft);
  const { name, generateName, namespace, uid } = object.draft;
  return { kind: object.kind, name, generateName, namespace, uid, ...prepared, status: undefined };
}
function asStored({ kind, name, generateName, namespace, labels, annotations, spec }: Pod | ReplicationController): unknown {
  return { kind, name, generateName, namespace, uid: null, labels, annotations, spec, status: undefined };
}

describe('printManifest', () => {
  it('prints a pod as Kubernetes would have it written', () => {
    const pod = aRunningPod({ uid: '00000000-0000-4000-8000-000000000001', labels: { app: 'web' }, spec: { restartPolicy: 'ON_FAILURE', hostNetwork: true } });
    expect(printManifest(pod)).toBe(`# pod default/web: uid 00000000-0000-4000-8000-000000000001, resourceVersion 1, generation 1, created 2024-01-01T00:00:00.000Z
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: default
  labels:
    app: web
spec:
  restartPolicy: OnFailure
  nodeName: node-a
  hostNetwork: true
  containers:
    - name: main
      image: host
      imagePullPolicy: IfNotPresent
      command:
        - sleep
        - "1000"
status:
  phase: Running
  qosClass: BestEffort
`);
  });

  it('prints security, names and the life cycle in Kubernetes\' words', () => {
    const main = aContainer({
      lifecycle: { preStop: { exec: null, httpGet: null, sleep: { seconds: 5 } } },
      securityContext: { runAsUser: 0, runAsGroup: null, runAsNonRoot: false, privileged: null, readOnlyRootFilesystem: true, allowPrivilegeEscalation: null, capabilities: { add: [], drop: ['ALL'] } },
      terminationMessagePath: '/tmp/why',
      terminationMessagePolicy: 'FALLBACK_TO_LOGS_ON_ERROR',
    });
    const { spec } = parse(
      printManifest(
        aPod({
          spec: {
            containers: [main],
            hostname: 'db',
            dnsPolicy: 'CLUSTER_FIRST_WITH_HOST_NET',
            dnsConfig: { nameservers: ['10.0.0.10'], searches: [], options: [{ name: 'ndots', value: '2' }, { name: 'rotate', value: null }] },
            hostAliases: [{ ip: '10.0.0.1', hostnames: ['cache'] }],
            securityContext: { runAsUser: 1000, runAsGroup: null, runAsNonRoot: true, supplementalGroups: [7], fsGroup: 8 },
          },
        }),
      ),
    );
    expect(spec).toEqual({
      restartPolicy: 'Always',
      hostname: 'db',
      dnsPolicy: 'ClusterFirstWithHostNet',
      dnsConfig: { nameservers: ['10.0.0.10'], options: [{ name: 'ndots', value: '2' }, { name: 'rotate' }] },
      hostAliases: [{ ip: '10.0.0.1', hostnames: ['cache'] }],
      securityContext: { runAsUser: 1000, runAsNonRoot: true, supplementalGroups: [7], fsGroup: 8 },
      containers: [
        {
          name: 'main',
          image: 'host',
          imagePullPolicy: 'IfNotPresent',
          command: ['sleep', '1000'],
          lifecycle: { preStop: { sleep: { seconds: 5 } } },
          securityContext: { runAsUser: 0, runAsNonRoot: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
          terminationMessagePath: '/tmp/why',
          terminationMessagePolicy: 'FallbackToLogsOnError',
        },
      ],
    });
  });

  it('prints a node as Kubernetes\' Node', () => {
    const taints = [{ key: 'dedicated', value: null, effect: 'NO_EXECUTE', timeAdded: '2024-01-01T00:00:00.000Z' }] as const;
    expect(parse(printManifest(aNode({ labels: { zone: 'a' }, spec: { unschedulable: true, taints } })))).toEqual({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node-a', labels: { zone: 'a' } },
      spec: { unschedulable: true, taints: [{ key: 'dedicated', effect: 'NoExecute', timeAdded: '2024-01-01T00:00:00.000Z' }] },
    });
  });

  it('says in a comment who owns the object and that it is being deleted', () => {
    const owner = { kind: 'ReplicationController', name: 'web', uid: aPod().uid, controller: true };
    const [comment] = printManifest(aPod({ ownerReferences: [owner], deletionTimestamp: '2024-01-02T00:00:00.000Z' })).split('\n');
    expect(comment).toContain('deletion asked for 2024-01-02T00:00:00.000Z, owned by ReplicationController web');
  });

  it('carries podql\'s own back-off as an annotation, so that the text stays valid Kubernetes', () => {
    const restartBackoff = { initialSeconds: 0.5, maxSeconds: 5, resetAfterSeconds: 10 };
    const pod = parse(printManifest(aPod({ spec: { restartBackoff } })));
    expect(pod.metadata.annotations).toEqual({ 'podql.io/restart-backoff': 'initialSeconds=0.5,maxSeconds=5,resetAfterSeconds=10' });
    expect(pod.spec.restartBackoff).toBeUndefined();
    const rc = parse(printManifest(anRc({ spec: { template: aPodTemplate({ spec: aPodSpec({ restartBackoff }) }) } })));
    expect(rc.spec.template.metadata.annotations).toHaveProperty(['podql.io/restart-backoff']);
    expect(printManifest(aPod({ spec: { restartBackoff: defaultRestartBackoff } }))).not.toContain('backoff');
  });

  it('quotes what readers of YAML 1.1 would take for something else', () => {
    const values = ['yes', 'on', 'n', '1:30', '1_000', '0o7', '012', '2024-01-01', 'null', '~', '1e3', '=', '<<', ''];
    const text = printManifest(aPod({ spec: { containers: [aContainer({ args: values })] } }));
    expect(parse(text, { version: '1.1' }).spec.containers[0].args).toEqual(values);
  });

  it('escapes characters that some readers take for line ends', () => {
    const args = ['a\u0085b', 'c\u2028d', '\ufeffe', 'f\u0007g'];
    const text = printManifest(aPod({ spec: { containers: [aContainer({ args })] } }));
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
    expect(parse(text).spec.containers[0].args).toEqual(args);
  });

  it('gives an equal pod when it is read again', () => {
    fc.assert(fc.property(arbitraryPod, (pod) => expect(reread(printManifest(pod))).toEqual(asStored(pod))), { numRuns: 150 });
  });

  it('gives an equal replication controller when it is read again', () => {
    fc.assert(fc.property(arbitraryRc, (rc) => expect(reread(printManifest(rc))).toEqual(asStored(rc))), { numRuns: 150 });
  });
});
