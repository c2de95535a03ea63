import fc from 'fast-check';
import { ApiError } from '../../../../src/errors/api-error';
import { parseManifest } from '../../../../src/registry/manifest/parse';

const parse = (text: string) => parseManifest(text, { defaultNamespace: 'default' });
function refusal(text: string): ApiError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}
const messages = (text: string): string[] => (refusal(text).details.causes ?? []).map(({ message }) => message);

const pod = `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: main
      image: host
`;
const rc = `apiVersion: v1
kind: ReplicationController
metadata:
  name: web
spec:
  replicas: 2
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: main
          image: host
`;

describe('parseManifest', () => {
  it('reads a pod', () => {
    const [object] = parse(`${pod}      command: [sleep, "1000"]\n      resources: {limits: {cpu: 0.5, memory: 64Mi}}\n  restartPolicy: OnFailure\n`);
    expect(object).toMatchObject({
      kind: 'Pod',
      resourceVersion: null,
      draft: {
        name: 'web',
        generateName: null,
        namespace: 'default',
        uid: null,
        labels: {},
        annotations: {},
        spec: {
          restartPolicy: 'ON_FAILURE',
          containers: [{ name: 'main', image: 'host', command: ['sleep', '1000'], resources: { limits: { cpu: '0.5', memory: '64Mi' } } }],
        },
      },
    });
  });

  it('reads a replication controller; labels of its template are the API\'s', () => {
    expect(parse(rc)).toMatchObject([{ kind: 'ReplicationController', draft: { spec: { replicas: 2, template: { labels: { app: 'web' }, spec: { containers: [{ name: 'main' }] } } } } }]);
  });

  it('reads several documents and passes over empty ones', () => {
    expect(parse(`---\n# nothing\n---\n${pod}---\n${rc}...\n---\nnull\n`).map(({ kind }) => kind)).toEqual(['Pod', 'ReplicationController']);
  });

  it('reads a List', () => {
    const items = [pod, rc].map((text) => `- ${text.trimEnd().split('\n').join('\n  ')}`);
    expect(parse(`apiVersion: v1\nkind: List\nmetadata: {resourceVersion: ""}\nitems:\n${items.join('\n')}\n`).map(({ kind }) => kind)).toEqual(['Pod', 'ReplicationController']);
  });

  it('reads JSON, indented by tabs too', () => {
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers: [{ name: 'main', image: 'host' }] } };
    for (const text of [JSON.stringify(object), JSON.stringify(object, null, 2), JSON.stringify(object, null, '\t')]) {
      expect(parse(text)).toMatchObject([{ draft: { name: 'web', spec: { containers: [{ image: 'host' }] } } }]);
    }
  });

  it('takes the namespace of the object', () => {
    expect(parse(pod.replace('name: web', 'name: web\n  namespace: mine'))[0]?.draft.namespace).toBe('mine');
  });

  it('takes uid and resourceVersion, and passes over what else a server sets', () => {
    const text = pod.replace('name: web', `name: web
  uid: 123e4567-e89b-42d3-a456-426614174000
  resourceVersion: "57"
  creationTimestamp: 2024-01-01T00:00:00Z
  generation: 3
  managedFields: [{manager: x, fieldsV1: {}}]
  ownerReferences: [{kind: ReplicationController, name: web, uid: x}]`);
    expect(parse(`${text}status: {phase: Running, containerStatuses: [{ready: true}]}\n`)).toMatchObject([
      { resourceVersion: '57', draft: { name: 'web', uid: '123e4567-e89b-42d3-a456-426614174000' } },
    ]);
  });

  it('takes the back-off from the annotation, or from the spec', () => {
    const annotated = pod.replace('name: web', 'name: web\n  annotations: {note: x, podql.io/restart-backoff: "initialSeconds=0.5, maxSeconds=5"}');
    expect(parse(annotated)).toMatchObject([{ draft: { annotations: { note: 'x' }, spec: { restartBackoff: { initialSeconds: 0.5, maxSeconds: 5 } } } }]);
    expect(parse(annotated)[0]?.draft.annotations).toEqual({ note: 'x' });
    expect(parse(`${pod}  restartBackoff: {maxSeconds: 5}\n`)).toMatchObject([{ draft: { spec: { restartBackoff: { maxSeconds: 5 } } } }]);
    const template = rc.replace('labels: {app: web}', 'labels: {app: web}\n      annotations: {podql.io/restart-backoff: resetAfterSeconds=9}');
    expect(parse(template)).toMatchObject([{ draft: { spec: { template: { annotations: {}, spec: { restartBackoff: { resetAfterSeconds: 9 } } } } } }]);
  });

  it('reads security, names and the life cycle', () => {
    const text = `${pod}      securityContext: {runAsUser: 0, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
      lifecycle: {preStop: {httpGet: {port: 80, httpHeaders: [{name: A, value: b}]}}}
      terminationMessagePath: /tmp/why
      terminationMessagePolicy: FallbackToLogsOnError
  securityContext: {runAsNonRoot: true, supplementalGroups: [7], fsGroup: 8}
  hostname: db
  dnsPolicy: None
  dnsConfig: {nameservers: [10.0.0.10], options: [{name: ndots, value: "2"}]}
  hostAliases: [{ip: 10.0.0.1, hostnames: [cache]}]
`;
    expect(parse(text)[0]?.draft.spec).toEqual({
      containers: [
        {
          name: 'main',
          image: 'host',
          securityContext: { runAsUser: 0, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          lifecycle: { preStop: { httpGet: { port: 80, headers: [{ name: 'A', value: 'b' }] } } },
          terminationMessagePath: '/tmp/why',
          terminationMessagePolicy: 'FALLBACK_TO_LOGS_ON_ERROR',
        },
      ],
      securityContext: { runAsNonRoot: true, supplementalGroups: [7], fsGroup: 8 },
      hostname: 'db',
      dnsPolicy: 'NONE',
      dnsConfig: { nameservers: ['10.0.0.10'], options: [{ name: 'ndots', value: '2' }] },
      hostAliases: [{ ip: '10.0.0.1', hostnames: ['cache'] }],
    });
  });

  it('follows anchors', () => {
    const text = pod.replace('containers:\n    -', 'initContainers:\n    - name: first\n      image: &image host\n  containers:\n    -').replace('image: host\n', 'image: *image\n');
    expect(parse(text)).toMatchObject([{ draft: { spec: { containers: [{ image: 'host' }] } } }]);
  });

  it('takes null and empty as absent', () => {
    expect(parse(`${pod}  volumes:\n  nodeSelector: null\n`)[0]?.draft.spec).toEqual({ containers: [{ name: 'main', image: 'host' }] });
  });

  it('does not take labels for members of the object', () => {
    const text = pod.replace('name: web', 'name: web\n  labels: {__proto__: x, constructor: z}');
    const labels = parse(text)[0]?.draft.labels ?? {};
    expect(Object.keys(labels)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(labels)).toBe(Object.prototype);
  });
});

describe('a stray field', () => {
  it('is refused with line, path and where it belongs', () => {
    const error = refusal(rc.replace('name: web\n', 'restartPolicy: Always\n  name: web\n'));
    expect(error.message).toBe('line 4: metadata.restartPolicy is not a field of metadata; did you mean spec.template.spec.restartPolicy? Nothing was created or changed.');
    expect(error).toMatchObject({ code: 'INVALID', outcome: 'notApplied' });
    expect(error.details.causes).toEqual([
      {
        field: 'metadata.restartPolicy',
        reason: 'FieldValueNotSupported',
        message: 'line 4: metadata.restartPolicy is not a field of metadata; did you mean spec.template.spec.restartPolicy?',
        line: 4,
        column: 3,
        suggestion: 'spec.template.spec.restartPolicy',
      },
    ]);
  });

  const strays: [text: string, suggestion: string | undefined][] = [
    [`${pod}restartPolicy: Always\n`, 'spec.restartPolicy'],
    [pod.replace('name: web', 'name: web\n  restartpolicy: Always'), undefined],
    [`${pod}  restartpolicy: Always\n`, 'spec.restartPolicy'],
    [`${pod}  restart_policy: Always\n`, 'spec.restartPolicy'],
    [`${pod}      imagePullPolcy: Never\n`, 'spec.containers[0].imagePullPolicy'],
    [`${pod}      port: []\n`, 'spec.containers[0].ports'],
    [`${pod}  image: x\n`, 'spec.containers[].image'],
    [`${pod}  name: x\n`, 'metadata.name'],
    [`${pod}      path: /x\n      livenessProbe: {}\n`, 'spec.containers[0].startupProbe.httpGet.path'],
    [`${pod}      periodSeconds: 5\n`, 'spec.containers[0].startupProbe.periodSeconds'],
    [`${pod}      livenessProbe: {httpGet: {headers: []}}\n`, undefined],
    [`${pod}labels: {a: b}\n`, 'metadata.labels'],
    [`${rc}    labels: {a: b}\n`, 'spec.template.metadata.labels'],
    [`${rc}  containers: []\n`, 'spec.template.spec.containers'],
    [`${rc}  replica: 1\n`, 'spec.replicas'],
    [`${pod}      commnad: []\n`, 'spec.containers[0].command'],
    [`${pod}      xyz: 1\n`, undefined],
  ];
  it.each(strays)('of %j was meant as %p', (text, suggestion) => {
    expect(refusal(text).details.causes).toEqual([expect.objectContaining({ reason: 'FieldValueNotSupported' })]);
    expect(refusal(text).details.causes?.[0]?.suggestion).toBe(suggestion);
  });

  it('without likeness gets the list of fields', () => {
    expect(messages(`${pod}  volumes: [{name: a, xyz: 1}]\n`)).toEqual(['line 9: spec.volumes[0].xyz is not a field of a volume; it has name, emptyDir, hostPath']);
  });

  it.each([
    [`${pod}  runtimeClassName: gvisor\n`, 'line 9: podql does not have spec.runtimeClassName (yet); remove it'],
    [`${pod}  imagePullSecrets: [{name: a}]\n`, 'line 9: podql does not have spec.imagePullSecrets (yet); remove it (there are no secrets; credentials of registries are given to the kubelet: --registry-credentials FILE)'],
    [`${pod}  securityContext: {sysctls: []}\n`, 'line 9: podql does not have spec.securityContext.sysctls (yet); remove it'],
    [`${pod}      securityContext: {seccompProfile: {type: RuntimeDefault}}\n`, 'line 9: podql does not have spec.containers[0].securityContext.seccompProfile (yet); remove it'],
    [`${pod}      lifecycle: {postStart: {exec: {command: [x]}}}\n`, 'line 9: podql does not have spec.containers[0].lifecycle.postStart (yet); remove it'],
    [`${pod}      lifecycle: {preStop: {tcpSocket: {port: 80}}}\n`, 'line 9: podql does not have spec.containers[0].lifecycle.preStop.tcpSocket (yet); remove it (use exec, httpGet or sleep)'],
    [`${pod}  volumes: [{name: a, secret: {secretName: b}}]\n`, 'line 9: podql does not have spec.volumes[0].secret (yet); remove it (volumes are emptyDir or hostPath)'],
    [`${pod}      envFrom: []\n`, 'line 9: podql does not have spec.containers[0].envFrom (yet); remove it (there are no config maps or secrets; list the variables under env)'],
    [`${rc}  affinity: {}\n`, 'line 14: podql does not have spec.affinity (yet); remove it'],
  ])('that only Kubernetes has is named as such', (text, message) => expect(messages(text)).toEqual([message]));
});

describe('a wrong value', () => {
  const wrong: [line: string, message: string][] = [
    ['  restartPolicy: Sometimes', 'spec.restartPolicy must be one of Always, OnFailure, Never; "Sometimes" is none of them'],
    ['  restartPolicy: ON_FAILURE', 'spec.restartPolicy must be one of Always, OnFailure, Never; "ON_FAILURE" is none of them; did you mean OnFailure?'],
    ['  restartPolicy: [Always]', 'spec.restartPolicy must be a word, not a list'],
    ['  activeDeadlineSeconds: "5"', 'spec.activeDeadlineSeconds must be a whole number, not the text "5"'],
    ['  activeDeadlineSeconds: 1.5', 'spec.activeDeadlineSeconds must be a whole number, not the number 1.5'],
    ['  activeDeadlineSeconds: 99999999999', 'spec.activeDeadlineSeconds must be at most 2147483647, not 99999999999'],
    ['  hostNetwork: yes', 'spec.hostNetwork must be true or false, not the text "yes"'],
    ['  nodeSelector: [a]', 'spec.nodeSelector must be a map (fields with values), not a list'],
    ['  nodeSelector: {a: 1}', 'spec.nodeSelector.a must be a text, not the number 1; put it in quotes: "1"'],
    ['  nodeSelector: {a: true}', 'spec.nodeSelector.a must be a text, not the boolean true; put it in quotes: "true"'],
    ['  nodeSelector: {[a]: b}', 'spec.nodeSelector must have words as keys, not a list'],
    ['  volumes: {}', 'spec.volumes must be a list, not a map'],
    ['  volumes: [~]', 'spec.volumes[0] must be a volume, not nothing'],
    ['  volumes: [5]', 'spec.volumes[0] must be a map (fields with values), not the number 5'],
    ['  restartBackoff: {maxSeconds: long}', 'spec.restartBackoff.maxSeconds must be a number, not the text "long"'],
    ['      env: [{name: A, value: 0o17}]', 'spec.containers[0].env[0].value must be a text, not the number 0o17; put it in quotes: "0o17"'],
    ['      resources: {limits: {cpu: [1]}}', 'spec.containers[0].resources.limits.cpu must be a quantity like "250m" or "64Mi", not a list'],
    ['      image: other', 'spec.containers[0].image is given twice; the first is in line 8'],
    ['  nodeSelector: {a: b, a: c}', 'spec.nodeSelector.a is given twice; the first is in line 9'],
  ];
  it.each(wrong)('%j is refused with its line', (line, message) => expect(messages(`${pod}${line}\n`)).toEqual([`line 9: ${message}`]));

  it('of the back-off annotation says how it reads', () => {
    const text = pod.replace('name: web', 'name: web\n  annotations: {podql.io/restart-backoff: "often"}');
    expect(messages(text)).toEqual([
      'line 5: metadata.annotations[podql.io/restart-backoff] must read "initialSeconds=1,maxSeconds=60,resetAfterSeconds=60", each part at most once; "often" does not fit',
    ]);
    const both = `${pod.replace('name: web', 'name: web\n  annotations: {podql.io/restart-backoff: maxSeconds=5}')}  restartBackoff: {maxSeconds: 6}\n`;
    expect(messages(both)).toEqual(['line 5: metadata.annotations[podql.io/restart-backoff] and spec.restartBackoff say the same thing; keep one of them']);
  });
});

describe('a document', () => {
  const broken: [text: string, messages: string[]][] = [
    ['', ['line 1: there is no object in this manifest; podql takes Pod, ReplicationController and List of apiVersion v1']],
    ['# nothing\n---\n', ['line 1: there is no object in this manifest; podql takes Pod, ReplicationController and List of apiVersion v1']],
    ['just text', ['line 1: a document must be an object with apiVersion, kind and metadata; podql takes Pod, ReplicationController and List of apiVersion v1']],
    ['apiVersion: v1\nmetadata: {}', ['line 1: kind is missing; podql takes Pod, ReplicationController and List of apiVersion v1']],
    ['apiVersion: apps/v1\nkind: Deployment', ['line 2: kind "Deployment" is not supported: podql takes Pod, ReplicationController and List of apiVersion v1; use a ReplicationController']],
    [pod.replace('apiVersion: v1\n', ''), ['line 1: apiVersion is missing; write apiVersion: v1']],
    [pod.replace('apiVersion: v1', 'apiVersion: v2'), ['line 1: apiVersion must be v1 for kind Pod, not "v2"']],
    ['apiVersion: v1\nkind: Pod', ['line 1: metadata.name is missing; every object has a name (or a generateName, to have one made)', 'line 1: spec is missing: it says what the pod should be']],
    ['apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: List, items: []}]', ['line 3: a List must not contain a List; put its items here']],
    ['apiVersion: v1\nkind: List\nitems: [5]', ['line 3: a document must be an object with apiVersion, kind and metadata; podql takes Pod, ReplicationController and List of apiVersion v1']],
  ];
  it.each(broken)('like %j is refused', (text, expected) => expect(messages(text)).toEqual(expected));

  it('tells all problems of all documents at once, in the order of the text', () => {
    const error = refusal(`${pod}  restartPolicy: No\n  xyz: 1\n---\n${rc}  abc: 1\n`);
    expect(error.details.causes?.map(({ line, field }) => [line, field])).toEqual([
      [9, 'spec.restartPolicy'],
      [10, 'spec.xyz'],
      [25, 'spec.abc'],
    ]);
    expect(error.message.split('\n')).toHaveLength(4);
  });

  it('with hundreds of problems names some and counts the rest', () => {
    const error = refusal(pod + Array.from({ length: 300 }, (_, index) => `  zzz${index}: 1\n`).join(''));
    expect(error.details.causes).toHaveLength(100);
    expect(error.message).toContain('and 290 more problems');
  });
});

describe('text that is no YAML', () => {
  it.each([
    ['a tab', 'a:\n\tb: 1\n', 'line 2: a tab stands where YAML wants spaces; indent with spaces'],
    ['an open bracket', 'a: [1,\nb: 2\n', /^line \d: this is not YAML: /],
    ['an open quote', 'a: "b\n', /^line \d: this is not YAML: missing closing "quote/],
    ['an unknown anchor', 'a: *b\n', 'line 1: the alias *b has no anchor &b before it'],
    ['an unknown tag', 'a: !thing b\n', 'line 1: this is not YAML: unresolved tag: !thing'],
  ])('for %s is refused with the line', (_what, text, message) => {
    expect(refusal(text)).toMatchObject({ code: 'INVALID', outcome: 'notApplied' });
    expect(messages(text)[0]).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });
});

describe('hostile text', () => {
  it.each([
    ['nests deep in brackets', '['.repeat(90_000), 'nests more than 64 levels deep'],
    ['nests deep in closed brackets', `a: ${'['.repeat(65)}${']'.repeat(65)}`, 'nests more than 64 levels deep'],
    ['nests deep in dashes', '- '.repeat(10_000), 'nests more than 64 levels deep'],
    ['nests deep in maps', Array.from({ length: 400 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'), 'nests more than 64 levels deep'],
    ['has endless documents', '---\n'.repeat(200_000), 'more than 100000 words and signs'],
    ['has many objects', `${pod}---\n`.repeat(1001), 'has 1001 objects'],
    ['is long', `# ${'x'.repeat(1024 * 1024)}`, 'more than 1048576 characters'],
    ['unfolds aliases of aliases', `${pod}      env: &e\n${'        - {name: A, value: b}\n'.repeat(1000)}${'    - {name: x, image: y, env: *e}\n'.repeat(200)}`, 'unfolds to more than 100000 values'],
    ['refers to itself', `${pod}  volumes: &v [*v]\n`, 'must be a map (fields with values), not a list'],
    ['refers to itself as a map', 'apiVersion: v1\nkind: Pod\nmetadata: &m {name: a, labels: *m}\nspec: {}\n', 'must be a text, not a map'],
    ['is a list of itself', '&a\napiVersion: v1\nkind: List\nitems: [*a]\n', 'must not contain a List'],
  ])('that %s is refused as INVALID', (_what, text, message) => {
    expect(refusal(text)).toMatchObject({ code: 'INVALID', outcome: 'notApplied', message: expect.stringContaining(message) });
  });

  it('is always either read or refused as INVALID, with lines that exist', () => {
    const piece = fc.constantFrom('apiVersion: v1\n', 'kind: Pod\n', 'kind: List\n', 'items:\n', '- ', 'metadata:\n', '  name: a\n', 'spec: ', '{', '}', '[', ']', ',', ': ', '&a ', '*a ', '---\n', '\n', '"', '\t', '#', '!', '|\n', '? ', '\u0000');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        const text = pieces.join('');
        try {
          parse(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID' });
          const last = text.split('\n').length;
          for (const { line } of (error as ApiError).details.causes ?? []) expect(line).toBeLessThanOrEqual(last);
        }
      }),
      { numRuns: 1500 },
    );
  });
});
