import fc from 'fast-check';
import type { Pod } from '../../../../src/api/pod';
import { podStrategy } from '../../../../src/registry/pod/strategy';
import type { Draft } from '../../../../src/registry/types';
import { arbitraryPod } from '../../../support/arbitrary-objects';
import { aContainer, aPod, aPodSpec, aRunningPod } from '../../../support/builders';

function draft(spec: Draft<Pod>['spec'], more: Partial<Draft<Pod>> = {}): Draft<Pod> {
  return { name: 'web', generateName: null, namespace: 'default', labels: {}, annotations: {}, spec, ...more };
}
function container(given: NonNullable<Draft<Pod>['spec']['containers']>[number], pod: Draft<Pod>['spec'] = {}) {
  return podStrategy.prepareForCreate(draft({ ...pod, containers: [given] })).spec.containers[0];
}
function updateFields(next: Pod, current: Pod): string[] {
  return podStrategy.validateUpdate(next, current).map(({ field, reason }) => `${field} ${reason}`);
}

describe('defaults', () => {
  it('fills in everything that was not said', () => {
    const prepared = podStrategy.prepareForCreate(draft({ containers: [{ name: 'main', image: 'host', command: ['sleep', '1000'] }] }));
    const { labels, annotations, spec, status } = aPod();
    expect(prepared).toEqual({ labels, annotations, spec, status });
  });

  it('makes a canonical, valid object of null fields too', () => {
    const spec = { containers: [{ name: 'main', image: 'host', command: ['sleep', '1000'], env: null, ports: null, resources: null, livenessProbe: null }], volumes: null, restartPolicy: null };
    expect(podStrategy.prepareForCreate(draft(spec)).spec).toEqual(aPodSpec());
  });

  it.each([
    ['nginx', 'ALWAYS'],
    ['nginx:latest', 'ALWAYS'],
    ['example.com:5000/nginx', 'ALWAYS'],
    ['example.com:5000/nginx:1.27', 'IF_NOT_PRESENT'],
    ['nginx:1.27', 'IF_NOT_PRESENT'],
    ['nginx@sha256:00', 'IF_NOT_PRESENT'],
    ['nginx:latest@sha256:00', 'IF_NOT_PRESENT'],
    ['host', 'IF_NOT_PRESENT'],
  ])('pulls %s: %s', (image, policy) => {
    expect(container({ image })?.imagePullPolicy).toBe(policy);
    expect(container({ image, imagePullPolicy: 'NEVER' })?.imagePullPolicy).toBe('NEVER');
  });

  it('asks for what it is limited to, and writes amounts in canonical form', () => {
    expect(container({ resources: { limits: { cpu: '1.5', memory: '1.5Gi' }, requests: { memory: '64Mi' } } })?.resources).toEqual({
      limits: { cpu: '1500m', memory: '1536Mi', pods: null },
      requests: { cpu: '1500m', memory: '64Mi', pods: null },
    });
  });

  it('asks for no more than it says when it says what it asks for', () => {
    const asked = (resources: object) => container({ resources })?.resources.requests;
    expect(asked({ limits: { cpu: '1', memory: '1Gi' } })).toEqual({ cpu: '1', memory: '1Gi', pods: null });
    expect(asked({ requests: { cpu: '1' } })).toEqual({ cpu: '1', memory: null, pods: null });
  });

  it('takes the same port of the host when the pod uses its network', () => {
    expect(container({ ports: [{ containerPort: 80 }] })?.ports).toEqual([{ name: null, containerPort: 80, hostPort: null, protocol: 'TCP' }]);
    expect(container({ ports: [{ containerPort: 80 }] }, { hostNetwork: true })?.ports[0]?.hostPort).toBe(80);
  });

  it('completes probes', () => {
    expect(container({ readinessProbe: { httpGet: { port: 80 } } })?.readinessProbe).toEqual({
      exec: null,
      httpGet: { path: '/', port: 80, scheme: 'HTTP', headers: [] },
      tcpSocket: null,
      initialDelaySeconds: 0,
      periodSeconds: 10,
      timeoutSeconds: 1,
      successThreshold: 1,
      failureThreshold: 3,
    });
  });

  it('makes a volume without source an emptyDir', () => {
    const { volumes } = podStrategy.prepareForCreate(draft({ volumes: [{ name: 'scratch' }, { name: 'host', hostPath: { path: '/srv' } }] })).spec;
    expect(volumes).toEqual([
      { name: 'scratch', emptyDir: { medium: '', sizeLimit: null }, hostPath: null },
      { name: 'host', emptyDir: null, hostPath: { path: '/srv', type: '' } },
    ]);
  });

  it('takes what says nothing for not said', () => {
    const capabilities = { add: [] };
    const said = { securityContext: { runAsUser: null, capabilities }, lifecycle: { preStop: null }, terminationMessagePath: '' };
    expect(container({ name: 'main', image: 'host', command: ['sleep', '1000'], ...said })).toEqual(aContainer());
    const pod = { securityContext: { supplementalGroups: [] }, dnsConfig: { searches: [] }, hostname: '', containers: [aContainer()] };
    expect(podStrategy.prepareForCreate(draft(pod)).spec).toEqual(aPodSpec());
  });

  it('completes security contexts, life cycles and names', () => {
    const given = container({ securityContext: { runAsUser: 0 }, lifecycle: { preStop: { httpGet: { port: 80 } } } });
    expect(given?.securityContext).toEqual({ runAsUser: 0, runAsGroup: null, runAsNonRoot: null, privileged: null, readOnlyRootFilesystem: null, allowPrivilegeEscalation: null, capabilities: { add: [], drop: [] } });
    expect(given?.lifecycle).toEqual({ preStop: { exec: null, httpGet: { path: '/', port: 80, scheme: 'HTTP', headers: [] }, sleep: null } });
    const { securityContext, dnsConfig, hostAliases } = podStrategy.prepareForCreate(
      draft({ securityContext: { fsGroup: 0 }, dnsConfig: { options: [{ name: 'ndots' }] }, hostAliases: [{ ip: '10.0.0.1' }] }),
    ).spec;
    expect(securityContext).toEqual({ runAsUser: null, runAsGroup: null, runAsNonRoot: null, supplementalGroups: [], fsGroup: 0 });
    expect(dnsConfig).toEqual({ nameservers: [], searches: [], options: [{ name: 'ndots', value: null }] });
    expect(hostAliases).toEqual([{ ip: '10.0.0.1', hostnames: [] }]);
  });

  it('moves the other bound of the back-off when one is given beyond it', () => {
    const backoff = (given: object) => podStrategy.prepareForCreate(draft({ restartBackoff: given })).spec.restartBackoff;
    expect(backoff({ initialSeconds: 120 })).toEqual({ initialSeconds: 120, maxSeconds: 120, resetAfterSeconds: 60 });
    expect(backoff({ maxSeconds: 0.5 })).toEqual({ initialSeconds: 0.5, maxSeconds: 0.5, resetAfterSeconds: 60 });
  });

  it('are idempotent, and leave a canonical object as it is', () => {
    fc.assert(
      fc.property(arbitraryPod, (pod) => {
        const prepared = podStrategy.prepareForCreate(draft(pod.spec));
        expect(prepared.spec).toEqual(pod.spec);
        expect(podStrategy.prepareForCreate(draft(prepared.spec)).spec).toEqual(prepared.spec);
      }),
    );
  });

  it('leave a valid object valid', () => {
    fc.assert(fc.property(arbitraryPod, (pod) => expect(podStrategy.validate(pod)).toEqual([])));
  });
});

describe('what may change in a living pod', () => {
  it('is labels, annotations, images and a deadline', () => {
    const current = aPod();
    const next = { ...current, labels: { a: 'b' }, annotations: { c: 'd' }, spec: aPodSpec({ containers: [aContainer({ image: 'nginx' })], activeDeadlineSeconds: 5 }) };
    expect(podStrategy.validateUpdate(next, current)).toEqual([]);
  });

  it('a deadline may only be lowered', () => {
    const current = aPod({ spec: { activeDeadlineSeconds: 10 } });
    const withDeadline = (activeDeadlineSeconds: number | null): Pod => ({ ...current, spec: { ...current.spec, activeDeadlineSeconds } });
    expect(updateFields(withDeadline(9), current)).toEqual([]);
    expect(updateFields(withDeadline(11), current)).toEqual(['spec.activeDeadlineSeconds FieldValueForbidden']);
    expect(updateFields(withDeadline(null), current)).toEqual(['spec.activeDeadlineSeconds FieldValueForbidden']);
  });

  it('each other change is named, with what to do', () => {
    const current = aPod();
    const next = { ...current, spec: aPodSpec({ restartPolicy: 'NEVER', containers: [aContainer({ command: ['sleep', '5'], workingDir: '/srv' })] }) };
    expect(updateFields(next, current)).toEqual([
      'spec.restartPolicy FieldValueForbidden',
      'spec.containers[0].command[1] FieldValueForbidden',
      'spec.containers[0].workingDir FieldValueForbidden',
    ]);
    expect(podStrategy.validateUpdate(next, current)[0]?.message).toContain('delete the pod and create it again');
  });

  it('how it runs, is found and ends is not among them', () => {
    const current = aPod();
    const lifecycle = { preStop: { exec: null, httpGet: null, sleep: { seconds: 1 } } };
    const containers = [aContainer({ lifecycle, terminationMessagePath: '/tmp/why', terminationMessagePolicy: 'FALLBACK_TO_LOGS_ON_ERROR' })];
    const securityContext = { runAsUser: 1, runAsGroup: null, runAsNonRoot: null, supplementalGroups: [], fsGroup: null };
    const next = { ...current, spec: aPodSpec({ containers, securityContext, hostname: 'db', dnsPolicy: 'DEFAULT', hostAliases: [{ ip: '10.0.0.1', hostnames: [] }] }) };
    expect(updateFields(next, current)).toEqual([
      'spec.containers[0].terminationMessagePath FieldValueForbidden',
      'spec.containers[0].terminationMessagePolicy FieldValueForbidden',
      'spec.containers[0].lifecycle FieldValueForbidden',
      'spec.securityContext FieldValueForbidden',
      'spec.hostname FieldValueForbidden',
      'spec.dnsPolicy FieldValueForbidden',
      'spec.hostAliases[0] FieldValueForbidden',
    ]);
  });

  it('containers stay the same, said once', () => {
    const current = aPod();
    const renamed = { ...current, spec: aPodSpec({ containers: [aContainer({ name: 'other', command: ['true'] })] }) };
    expect(updateFields(renamed, current)).toEqual(['spec.containers FieldValueForbidden']);
    const more = { ...current, spec: aPodSpec({ containers: [aContainer(), aContainer({ name: 'more' })] }) };
    expect(updateFields(more, current)).toEqual(['spec.containers FieldValueForbidden']);
  });

  it('the node is given by bindPod and never changed', () => {
    const moved = (from: string | null, to: string | null) => updateFields(aPod({ spec: { nodeName: to } }), aPod({ spec: { nodeName: from } }));
    expect(moved(null, 'node-a')).toEqual(['spec.nodeName FieldValueForbidden']);
    expect(moved('node-a', 'node-b')).toEqual(['spec.nodeName FieldValueForbidden']);
  });

  it('the rules of creation hold as well', () => {
    const current = aPod();
    const next = { ...current, spec: aPodSpec({ containers: [aContainer({ image: '' })] }) };
    expect(updateFields(next, current)).toEqual(['spec.containers[0].image FieldValueRequired']);
  });
});

describe('applying a draft to a living pod', () => {
  const current = aRunningPod({ labels: { app: 'web' }, annotations: { note: 'x' }, spec: { containers: [aContainer({ image: 'nginx:1.27' })] } });

  it('keeps what the system wrote, and maps that are not given', () => {
    const applied = podStrategy.applyDraft(current, draft({ containers: [{ name: 'main', image: 'nginx:1.27', command: ['sleep', '1000'] }] }));
    expect(applied).toEqual(current);
  });

  it('replaces a map that is given', () => {
    const applied = podStrategy.applyDraft(current, draft(current.spec, { labels: { tier: 'front' } }));
    expect(applied.labels).toEqual({ tier: 'front' });
    expect(applied.annotations).toEqual({ note: 'x' });
  });

  it('keeps the pull policy that a default chose for the former image', () => {
    const applied = podStrategy.applyDraft(current, draft({ containers: [{ name: 'main', image: 'nginx:latest', command: ['sleep', '1000'] }] }));
    expect(applied.spec.containers[0]).toMatchObject({ image: 'nginx:latest', imagePullPolicy: 'IF_NOT_PRESENT' });
    expect(podStrategy.validateUpdate(applied, current)).toEqual([]);
  });
});

describe('status', () => {
  it.each(['SUCCEEDED', 'FAILED'] as const)('%s is never left', (phase) => {
    const current = aRunningPod({ status: { phase } });
    const next = aRunningPod({ status: { phase: 'RUNNING' } });
    expect(podStrategy.prepareStatus(next, current)).toBe(current.status);
  });

  it('takes late details of a finished pod', () => {
    const current = aRunningPod({ status: { phase: 'FAILED' } });
    const next = aRunningPod({ status: { phase: 'FAILED', reason: 'DeadlineExceeded' } });
    expect(podStrategy.prepareStatus(next, current)).toBe(next.status);
  });

  it('moves freely before that', () => {
    const next = aRunningPod({ status: { phase: 'SUCCEEDED' } });
    expect(podStrategy.prepareStatus(next, aRunningPod())).toBe(next.status);
  });
});

describe('grace of a deletion', () => {
  it('is the pod\'s own while it may run', () => {
    expect(podStrategy.gracePeriodSeconds(aRunningPod({ spec: { terminationGracePeriodSeconds: 7 } }))).toBe(7);
  });

  it('is none where nothing runs', () => {
    expect(podStrategy.gracePeriodSeconds(aPod())).toBe(0);
    expect(podStrategy.gracePeriodSeconds(aRunningPod({ status: { phase: 'SUCCEEDED' } }))).toBe(0);
  });
});

it('only the node is not the users\'', () => {
  expect(['spec.nodeName', 'spec.nodeSelector.disk', 'spec.containers[0].image', 'labels.app', 'annotations.note'].filter((path) => !podStrategy.isUserField(path))).toEqual(['spec.nodeName']);
});
