import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GraphQLReply, TestClient } from '../support/graphql-client';
import { freePort, PodqlProcess, spawnPodql } from '../support/podql-process';
import { createController, createPod, shellController, shellPod, updatePod } from '../support/shell-pod';

/** Runs `podql server` expecting it to refuse: exit code and what it said. */
function refusal(args: readonly string[]): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve) => {
    let text = '';
    const child = spawnPodql(['server', '--runtime', 'none', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.once('exit', (code) => resolve({ code, text }));
  });
}

describe('bad input gets a clear error with the right code, and changes nothing', () => {
  let podql: PodqlProcess;
  let client: TestClient;
  let revision: string;

  const currentRevision = async (): Promise<string> =>
    (await client.ask<{ pods: { resourceVersion: string } }>('{ pods { resourceVersion } }')).pods.resourceVersion;

  beforeAll(async () => {
    podql = await PodqlProcess.start({ args: ['--runtime', 'none'] });
    client = podql.client();
    await client.ask(createPod, { input: shellPod('existing', 'exec sleep 1000', {}, { labels: { app: 'existing' } }) });
    await client.until<{ pod: { status: { conditions: unknown[] } } }>('{ pod(name: "existing") { status { conditions { reason } } } }', (data) =>
      JSON.stringify(data).includes('Unschedulable'),
    );
    await client.until<{ pod: { events: { totalCount: number } } }>('{ pod(name: "existing") { events { totalCount } } }', (data) => data.pod.events.totalCount > 0);
    revision = await currentRevision();
  }, 60_000);
  afterEach(async () => {
    expect(await currentRevision()).toBe(revision);
  });
  afterAll(async () => {
    await podql.remove();
  }, 30_000);

  const onlyError = (reply: GraphQLReply<unknown>): NonNullable<GraphQLReply['errors']>[number] => {
    expect(reply.errors).toHaveLength(1);
    const [error] = reply.errors ?? [];
    if (!error) throw new Error('no error');
    return error;
  };
  const fieldsOf = (error: { extensions: { details?: { causes?: readonly { field: string }[] } } }): string[] =>
    (error.extensions.details?.causes ?? []).map((cause) => cause.field).sort();

  test('a pod with five faults: five causes, each with its field', async () => {
    const error = onlyError(
      await client.send(createPod, {
        input: {
          name: 'Not_A_Name',
          labels: { 'bad key!': 'x' },
          spec: {
            activeDeadlineSeconds: -1,
            containers: [{ name: 'main', image: '', command: ['true'], ports: [{ containerPort: 70000 }] }],
          },
        },
      }),
    );
    expect(error.extensions).toMatchObject({ code: 'INVALID', reason: 'Invalid', status: 422, retryable: false, outcome: 'notApplied' });
    expect(fieldsOf(error)).toHaveLength(5);
    expect(fieldsOf(error)).toEqual(expect.arrayContaining(['name', 'spec.activeDeadlineSeconds', 'spec.containers[0].image', 'spec.containers[0].ports[0].containerPort']));
    expect(error.extensions.requestId).toBeTruthy();
  });

  test('a stale or malformed resourceVersion', async () => {
    const stale = onlyError(await client.send(updatePod, { input: { name: 'existing', labels: { app: 'other' }, resourceVersion: '1' } }));
    expect(stale.extensions).toMatchObject({ code: 'CONFLICT', status: 409, outcome: 'notApplied' });
    expect(Number(stale.extensions.details?.currentResourceVersion)).toBeGreaterThan(1);
    const malformed = onlyError(await client.send(updatePod, { input: { name: 'existing', labels: { app: 'other' }, resourceVersion: 'yesterday' } }));
    expect(malformed.extensions.code).toBe('BAD_USER_INPUT');
  });

  test('a word that the enumeration does not have', async () => {
    const error = onlyError(await client.send(createPod, { input: shellPod('enum', 'true', { restartPolicy: 'SOMETIMES' }) }));
    expect(error.extensions.code).toBe('BAD_USER_INPUT');
    expect(error.message).toContain('SOMETIMES');
  });

  test('negative replicas, a selector beside its template, a template that is not ALWAYS', async () => {
    const negative = onlyError(await client.send(createController, { input: shellController('rc', -1, { app: 'rc' }) }));
    expect(negative.extensions.code).toBe('INVALID');
    expect(fieldsOf(negative)).toEqual(['spec.replicas']);

    const beside = shellController('rc', 1, { app: 'rc' }) as { spec: { selector: Record<string, string>; template: { spec: Record<string, unknown> } } };
    beside.spec.selector = { app: 'another' };
    const mismatch = onlyError(await client.send(createController, { input: beside }));
    expect(mismatch.extensions.code).toBe('INVALID');
    expect(fieldsOf(mismatch)).toEqual(['spec.template.labels.app']);

    const never = shellController('rc', 1, { app: 'rc' }) as { spec: { template: { spec: Record<string, unknown> } } };
    never.spec.template.spec.restartPolicy = 'NEVER';
    const policy = onlyError(await client.send(createController, { input: never }));
    expect(policy.extensions.code).toBe('INVALID');
    expect(fieldsOf(policy)).toEqual(['spec.template.spec.restartPolicy']);
  });

  test('an object of 2 MiB', async () => {
    const reply = await client.send(createPod, { input: shellPod('large', 'true', {}, { annotations: { blob: 'x'.repeat(2 * 1024 * 1024) } }) });
    const error = onlyError(reply);
    expect(error.extensions).toMatchObject({ code: 'REQUEST_TOO_LARGE', status: 413 });
    expect(reply.status).toBe(413);
  });

  test('first: 0, first: 1001, and a selector that cannot be read', async () => {
    for (const first of [0, 1001]) {
      const error = onlyError(await client.send('query ($first: Int) { pods(first: $first) { totalCount } }', { first }));
      expect(error.extensions.code).toBe('BAD_USER_INPUT');
      expect(error.message).toContain('1000');
    }
    const selector = onlyError(await client.send('{ pods(labelSelector: "x in (a,b") { totalCount } }'));
    expect(selector.extensions.code).toBe('BAD_USER_INPUT');
    expect(selector.message).toContain('x in (a,b');
  });

  test('a misplaced field in a manifest: line, path, suggestion, and no document is applied', async () => {
    const manifest = `apiVersion: v1
kind: Pod
metadata:
  name: fine
spec:
  containers: [{ name: main, image: host, command: ["true"] }]
---
apiVersion: v1
kind: ReplicationController
metadata:
  name: misplaced
  restartPolicy: Always
spec:
  replicas: 1
  selector: { app: x }
  template:
    metadata: { labels: { app: x } }
    spec:
      containers: [{ name: main, image: host, command: ["sleep", "1"] }]
`;
    const error = onlyError(await client.send('mutation ($input: ApplyInput!) { apply(input: $input) { results { action } } }', { input: { manifest } }));
    expect(error.extensions).toMatchObject({ code: 'INVALID', outcome: 'notApplied' });
    expect(error.message).toContain('12');
    expect(error.message).toContain('metadata.restartPolicy');
    expect(error.message).toContain('spec.template.spec.restartPolicy');
    const { pods } = await client.ask<{ pods: { nodes: { name: string }[] } }>('{ pods { nodes { name } } }');
    expect(pods.nodes).toEqual([{ name: 'existing' }]);
  });

  test('a query that is too deep, a flood of aliases, a field that is not there', async () => {
    const nest = (depth: number): string => (depth === 0 ? 'name' : `owner { pods { nodes { ${nest(depth - 1)} } } }`);
    const deep = onlyError(await client.send(`{ pods { nodes { ${nest(30)} } } }`));
    expect(deep.extensions.code).toBe('QUERY_TOO_COSTLY');
    const aliases = onlyError(await client.send(`{ ${Array.from({ length: 500 }, (_, i) => `a${i}: version { version }`).join(' ')} }`));
    expect(aliases.extensions.code).toBe('QUERY_TOO_COSTLY');
    const unknown = onlyError(await client.send('{ pods { nodes { nmae } } }'));
    expect(unknown.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(unknown.message).toContain('nmae');
  });

  test('the port in use, the data folder in use: one paragraph, no stack, and a code', async () => {
    const other = mkdtempSync(join(tmpdir(), 'podql-other-'));
    const port = await refusal(['--listen', `127.0.0.1:${podql.port}`, '--store', `embedded:${other}`]);
    expect(port.code).not.toBe(0);
    expect(port.text).toContain(String(podql.port));
    expect(port.text).toMatch(/in use/);
    expect(port.text).not.toMatch(/\n\s+at /);
    const folder = await refusal(['--listen', `127.0.0.1:${await freePort()}`, '--store', `embedded:${podql.directory}`]);
    expect(folder.code).not.toBe(0);
    expect(folder.text).toContain(podql.directory);
    expect(folder.text).toMatch(/another podql/i);
    expect(folder.text).not.toMatch(/\n\s+at /);
    rmSync(other, { recursive: true, force: true });
  }, 60_000);

  test('an address beyond loopback without tokens is refused', async () => {
    const { code, text } = await refusal(['--listen', '0.0.0.0:0', '--store', 'memory:']);
    expect(code).not.toBe(0);
    expect(text).toContain('--token-file');
  }, 30_000);
});

describe('tokens', () => {
  test('none: UNAUTHENTICATED; a wrong one: UNAUTHENTICATED; a role too small: FORBIDDEN; over HTTP and WebSocket alike', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'podql-tokens-'));
    const file = join(folder, 'tokens.yaml');
    writeFileSync(
      file,
      '- { name: ann, token: ann-secret-0123456789, roles: [VIEW] }\n- { name: bob, token: bob-secret-0123456789, roles: [EDIT] }\n',
    );
    chmodSync(file, 0o600);
    const podql = await PodqlProcess.start({ args: ['--runtime', 'none', '--token-file', file] });
    try {
      const create = { input: shellPod('by-token', 'true') };
      for (const token of [undefined, 'wrong']) {
        const reply = await podql.client(token).send(createPod, create);
        expect(reply.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
      }
      const view = await podql.client('ann-secret-0123456789').send(createPod, create);
      expect(view.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
      expect((await podql.client('bob-secret-0123456789').send(createPod, create)).errors).toBeUndefined();
      expect((await podql.client('ann-secret-0123456789').ask<{ pods: { totalCount: number } }>('{ pods { totalCount } }')).pods.totalCount).toBe(1);

      const first = async (token?: string): Promise<unknown> => {
        for await (const change of podql.client(token).subscribe('subscription { podChanges { type } }')) return change;
        return undefined;
      };
      expect(await first('ann-secret-0123456789')).toEqual({ type: 'ADDED' });
      await expect(first('wrong')).rejects.toBeDefined();
      await expect(first(undefined)).rejects.toBeDefined();
    } finally {
      await podql.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  }, 60_000);
});
