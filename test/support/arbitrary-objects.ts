import fc from 'fast-check';
import type { Labels } from '../../src/api/meta';
import type { Container, ContainerPort, EnvVar, Lifecycle, Pod, PodDNSConfig, PodSecurityContext, PodSpec, Probe, ResourceRequirements, SecurityContext, Volume } from '../../src/api/pod';
import { defaultTerminationMessagePath, dnsPolicies, imagePullPolicies, noResources, protocols, restartPolicies, terminationMessagePolicies } from '../../src/api/pod';
import type { ReplicationController } from '../../src/api/replication-controller';
import type { Toleration } from '../../src/api/taints';
import { taintEffects } from '../../src/api/taints';
import { aContainer, aPod, aPodSpec, anRc } from './builders';

/** Valid, canonical objects for property tests: every kind of field occurs, with awkward texts where any text is allowed. */
const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,6}[a-z0-9])?$/);
const labelValue = fc.oneof(fc.constantFrom('yes', 'on', 'null', '1', '1.0', '0x1F', '1e3', 'true', '', '2024-01-01'), name);
const labels: fc.Arbitrary<Labels> = fc.dictionary(fc.oneof(name, fc.constantFrom('app', 'example.com/tier', 'a.b_c', 'y', '12')), labelValue, { maxKeys: 4 });
const text = fc.oneof(
  fc.string({ maxLength: 12, unit: 'grapheme' }).filter((t) => !t.includes('\0')),
  fc.constantFrom('', ' ', '~', 'no', 'off', '012', '1:30', '1_000', '# not a comment', '- item', 'a: b', '{', '*a', '&a', '!t', '%', '@', '`', 'two\nlines\n', '\ttab', '"q"', "'q'", '<<', '=', '.inf', 'trailing '),
);
const annotations: fc.Arbitrary<Labels> = fc.dictionary(fc.constantFrom('note', 'example.com/why', 'y'), text, { maxKeys: 3 });
const path = name.map((part) => `/srv/${part}`);
const seconds = fc.integer({ min: 1, max: 1000 });

const distinct = <T extends { readonly name: string }>(item: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<T[]> =>
  fc.uniqueArray(item, { selector: (each) => each.name, maxLength });

const env: fc.Arbitrary<EnvVar> = fc.record({ name: fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,5}$/), value: text });

const resources: fc.Arbitrary<ResourceRequirements> = fc.constantFrom(
  { requests: noResources, limits: noResources },
  { requests: { cpu: '250m', memory: '64Mi', pods: null }, limits: noResources },
  { requests: { cpu: '1', memory: '64Mi', pods: null }, limits: { cpu: '2', memory: '1Gi', pods: null } },
  { requests: { cpu: '1', memory: null, pods: null }, limits: { cpu: '1', memory: null, pods: null } },
);

const port = fc.integer({ min: 1, max: 65_535 });
const times = {
  initialDelaySeconds: fc.nat(100),
  periodSeconds: seconds,
  timeoutSeconds: seconds,
  successThreshold: fc.constant(1),
  failureThreshold: seconds,
};
const httpGet = fc.record({
  path,
  port,
  scheme: fc.constantFrom('HTTP' as const, 'HTTPS' as const),
  headers: fc.array(fc.record({ name: fc.constantFrom('Accept', 'X-A'), value: fc.constantFrom('', 'a', '*/*') }), { maxLength: 2 }),
});
const probe: fc.Arbitrary<Probe | null> = fc.oneof(
  fc.constant(null),
  fc.record({ ...times, exec: fc.record({ command: fc.array(text, { minLength: 1, maxLength: 3 }) }), httpGet: fc.constant(null), tcpSocket: fc.constant(null) }),
  fc.record({
    ...times,
    exec: fc.constant(null),
    httpGet,
    tcpSocket: fc.constant(null),
  }),
  fc.record({ ...times, exec: fc.constant(null), httpGet: fc.constant(null), tcpSocket: fc.record({ port }) }),
);

const ports: fc.Arbitrary<ContainerPort[]> = fc.uniqueArray(
  fc.record({ name: fc.constant(null), containerPort: port, hostPort: fc.constant(null), protocol: fc.constantFrom(...protocols) }),
  { selector: (each) => each.containerPort, maxLength: 3 },
);

const lifecycle: fc.Arbitrary<Lifecycle | null> = fc.option(
  fc
    .oneof(
      fc.record({ exec: fc.record({ command: fc.array(text, { minLength: 1, maxLength: 3 }) }), httpGet: fc.constant(null), sleep: fc.constant(null) }),
      fc.record({ exec: fc.constant(null), httpGet, sleep: fc.constant(null) }),
      fc.record({ exec: fc.constant(null), httpGet: fc.constant(null), sleep: fc.constant({ seconds: 0 }) }),
    )
    .map((preStop) => ({ preStop })),
);

const id = fc.option(fc.nat());
const flag = fc.option(fc.boolean());
const capabilities = fc.array(fc.constantFrom('NET_ADMIN', 'CHOWN', 'ALL'), { maxLength: 2 });
const securityContext: fc.Arbitrary<SecurityContext | null> = fc
  .record({
    runAsUser: id,
    runAsGroup: id,
    runAsNonRoot: flag,
    privileged: fc.constantFrom(null, false),
    readOnlyRootFilesystem: flag,
    allowPrivilegeEscalation: flag,
    capabilities: fc.record({ add: capabilities, drop: capabilities }),
  })
  .map((context) => {
    const { capabilities: { add, drop }, ...rest } = context;
    return [...add, ...drop].length === 0 && Object.values(rest).every((value) => value === null) ? null : context;
  });
const podSecurityContext: fc.Arbitrary<PodSecurityContext | null> = fc.option(
  fc.record({ runAsUser: id, runAsGroup: id, runAsNonRoot: flag, supplementalGroups: fc.array(fc.nat(), { maxLength: 2 }), fsGroup: fc.nat() }),
);
const address = fc.oneof(fc.ipV4(), fc.ipV6());
const dnsConfig: fc.Arbitrary<PodDNSConfig> = fc.record({
  nameservers: fc.array(address, { minLength: 1, maxLength: 3 }),
  searches: fc.array(fc.oneof(name, fc.constantFrom('.', 'example.com.')), { maxLength: 3 }),
  options: fc.array(fc.record({ name: fc.constantFrom('ndots', 'rotate'), value: fc.constantFrom(null, '', '2', 'no') }), { maxLength: 2 }),
});

function container(volumes: readonly Volume[]): fc.Arbitrary<Container> {
  const mounts = fc.subarray([...volumes]).chain((chosen) =>
    fc.tuple(fc.boolean(), fc.option(name)).map(([readOnly, subPath]) =>
      chosen.map((volume, index) => ({ name: volume.name, mountPath: `/mnt/${index}`, readOnly, subPath })),
    ),
  );
  return fc
    .record({
      name,
      image: fc.constantFrom('host', 'nginx', 'nginx:1.27', 'example.com:5000/a/b@sha256:00'),
      command: fc.array(text.filter((t) => t !== ''), { maxLength: 3 }),
      args: fc.array(text, { maxLength: 3 }),
      workingDir: fc.option(path),
      env: distinct(env, 3),
      ports,
      resources,
      livenessProbe: probe,
      readinessProbe: probe,
      startupProbe: probe,
      imagePullPolicy: fc.constantFrom(...imagePullPolicies),
      volumeMounts: mounts,
      restartPolicy: fc.option(fc.constantFrom(...restartPolicies)),
      securityContext,
      terminationMessagePath: fc.oneof(fc.constant(defaultTerminationMessagePath), path),
      terminationMessagePolicy: fc.constantFrom(...terminationMessagePolicies),
      lifecycle,
    })
    .map(aContainer);
}

const volume: fc.Arbitrary<Volume> = fc.oneof(
  fc.record({ name, emptyDir: fc.record({ medium: fc.constantFrom('', 'Memory'), sizeLimit: fc.constantFrom(null, '64Mi', '1Gi') }), hostPath: fc.constant(null) }),
  fc.record({ name, emptyDir: fc.constant(null), hostPath: fc.record({ path, type: fc.constantFrom('', 'Directory', 'FileOrCreate') }) }),
);

const toleration: fc.Arbitrary<Toleration> = fc.oneof(
  fc.record({ key: fc.option(name), operator: fc.constant('EXISTS' as const), value: fc.constant(null), effect: fc.option(fc.constantFrom(...taintEffects)), tolerationSeconds: fc.constant(null) }),
  fc.record({ key: name, operator: fc.constant('EQUAL' as const), value: fc.option(name), effect: fc.constant('NO_EXECUTE' as const), tolerationSeconds: fc.option(fc.integer({ min: -10, max: 1000 })) }),
);

export const arbitraryPodSpec: fc.Arbitrary<PodSpec> = distinct(volume, 3).chain((volumes) =>
  distinct(container(volumes), 4)
    .filter((containers) => containers.length > 0)
    .chain((containers) =>
      fc.record({
        containers: fc.constant(containers.slice(0, 2)),
        initContainers: fc.constant(containers.slice(2).map((each) => ({ ...each, restartPolicy: 'ALWAYS' as const }))),
        restartPolicy: fc.constantFrom(...restartPolicies),
        restartBackoff: fc.constantFrom(
          { initialSeconds: 1, maxSeconds: 60, resetAfterSeconds: 60 },
          { initialSeconds: 0.05, maxSeconds: 2.5, resetAfterSeconds: 1e-7 },
        ),
        nodeName: fc.option(name),
        nodeSelector: labels,
        tolerations: fc.array(toleration, { maxLength: 3 }),
        terminationGracePeriodSeconds: fc.nat(100),
        activeDeadlineSeconds: fc.option(seconds),
        hostNetwork: fc.constant(false),
        volumes: fc.constant(volumes),
        securityContext: podSecurityContext,
        hostname: fc.option(name),
        dnsPolicy: fc.constantFrom(...dnsPolicies),
        dnsConfig: fc.option(dnsConfig),
        hostAliases: fc.array(fc.record({ ip: address, hostnames: fc.array(name, { maxLength: 2 }) }), { maxLength: 2 }),
      }),
    )
    .map((spec) => aPodSpec(spec.dnsPolicy === 'NONE' && !spec.dnsConfig ? { ...spec, dnsPolicy: 'DEFAULT' } : spec)),
);

export const arbitraryPod: fc.Arbitrary<Pod> = fc
  .record({ name, namespace: name, generateName: fc.option(fc.constant('web-')), labels, annotations, spec: arbitraryPodSpec })
  .map(aPod);

export const arbitraryRc: fc.Arbitrary<ReplicationController> = fc
  .record({
    name,
    namespace: name,
    labels: labels.filter((map) => Object.keys(map).length > 0),
    annotations,
    replicas: fc.nat(100),
    minReadySeconds: fc.nat(100),
    selector: labels.filter((map) => Object.keys(map).length > 0),
    moreLabels: labels,
    templateAnnotations: annotations,
    spec: arbitraryPodSpec,
  })
  .map(({ replicas, minReadySeconds, selector, moreLabels, templateAnnotations, spec, ...meta }) =>
    anRc({
      ...meta,
      spec: {
        replicas,
        minReadySeconds,
        selector,
        template: {
          labels: { ...moreLabels, ...selector },
          annotations: templateAnnotations,
          spec: { ...spec, restartPolicy: 'ALWAYS', activeDeadlineSeconds: null },
        },
      },
    }),
  );
