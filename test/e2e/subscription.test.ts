import { PodqlProcess } from '../support/podql-process';
import type { TestClient } from '../support/graphql-client';
import { createPod, shellPod, updatePod } from '../support/shell-pod';

interface Change {
  type: string;
  resourceVersion: string;
  pod: { name: string; labels: Record<string, string> } | null;
}
const watch = `subscription ($since: ResourceVersion, $selector: LabelSelector) {
  podChanges(since: $since, labelSelector: $selector) { type resourceVersion pod { name labels } } }`;

/** Reads until the predicate says stop; the stream is then ended. */
async function take(stream: AsyncIterable<Change>, enough: (seen: Change[]) => boolean): Promise<Change[]> {
  const seen: Change[] = [];
  for await (const change of stream) {
    seen.push(change);
    if (enough(seen)) break;
  }
  return seen;
}
const last = (seen: Change[]): Change | undefined => seen[seen.length - 1];

describe('subscriptions over a real socket', () => {
  let podql: PodqlProcess;
  let client: TestClient;
  // No runtime: the pods stay pending. Once the scheduler has said why, every change is one of ours.
  beforeAll(async () => {
    podql = await PodqlProcess.start({ args: ['--runtime', 'none', '--history', '3000'] });
    client = podql.client();
    for (let i = 0; i < 10; i += 1) {
      const labels = { app: 'stream', parity: i % 2 === 0 ? 'even' : 'odd' };
      await client.ask(createPod, { input: shellPod(`s-${i}`, 'exec sleep 1000', {}, { labels }) });
    }
    await client.until<{ pods: { nodes: { status: { conditions: { reason: string | null }[] } }[] } }>(
      '{ pods { nodes { status { conditions { reason } } } } }',
      ({ pods }) => pods.nodes.every(({ status }) => status.conditions.some(({ reason }) => reason === 'Unschedulable')),
    );
  }, 60_000);
  afterAll(async () => {
    await client.close();
    await podql.remove();
  }, 30_000);

  const relabel = (i: number, step: string): Promise<unknown> =>
    client.ask(updatePod, { input: { name: `s-${i % 10}`, labels: { app: 'stream', parity: i % 2 === 0 ? 'even' : 'odd', step } } });

  test('without since: every object once, then a bookmark, then each change', async () => {
    const seen = await take(client.subscribe<Change>(watch), (changes) => {
      if (last(changes)?.type === 'BOOKMARK' && changes.length === 11) void relabel(3, 'live');
      return last(changes)?.type === 'MODIFIED';
    });
    const snapshot = seen.slice(0, 10);
    expect(snapshot.map((change) => change.type)).toEqual(Array.from({ length: 10 }, () => 'ADDED'));
    expect(snapshot.map((change) => change.pod?.name).sort()).toEqual(Array.from({ length: 10 }, (_, i) => `s-${i}`));
    expect(seen[10]).toMatchObject({ type: 'BOOKMARK', pod: null });
    expect(last(seen)).toMatchObject({ type: 'MODIFIED', pod: { name: 's-3', labels: { step: 'live' } } });
  });

  test('2,000 changes while nobody listens, then since: each once, in order', async () => {
    const [first] = (await take(client.subscribe<Change>(watch), (changes) => last(changes)?.type === 'BOOKMARK')).slice(-1);
    for (let i = 0; i < 2000; i += 50) await Promise.all(Array.from({ length: 10 }, async (_, pod) => {
      for (let step = 0; step < 5; step += 1) await relabel(pod, `gone-${i / 10 + step}`);
    }));
    const seen = (await take(client.subscribe<Change>(watch, { since: first?.resourceVersion }), (changes) => last(changes)?.type === 'BOOKMARK' || changes.length > 2000)).filter(
      (change) => change.type !== 'BOOKMARK',
    );
    expect(seen).toHaveLength(2000);
    expect(new Set(seen.map((change) => change.type))).toEqual(new Set(['MODIFIED']));
    const versions = seen.map((change) => Number(change.resourceVersion));
    expect([...versions].sort((a, b) => a - b)).toEqual(versions);
    expect(new Set(versions).size).toBe(2000);
    for (let pod = 0; pod < 10; pod += 1) {
      const steps = seen.filter((change) => change.pod?.name === `s-${pod}`).map((change) => change.pod?.labels.step);
      expect(steps).toEqual(Array.from({ length: 200 }, (_, step) => `gone-${step}`));
    }
  }, 120_000);

  test('a resumed stream goes on exactly across a restart of the server', async () => {
    const [mark] = (await take(client.subscribe<Change>(watch), (changes) => last(changes)?.type === 'BOOKMARK')).slice(-1);
    await relabel(1, 'before-restart');
    await podql.kill9();
    podql = await PodqlProcess.start({ directory: podql.directory, port: podql.port, args: ['--runtime', 'none', '--history', '3000'] });
    await relabel(2, 'after-restart');
    const seen = await take(client.subscribe<Change>(watch, { since: mark?.resourceVersion }), (changes) => changes.length === 2);
    expect(seen.map((change) => [change.type, change.pod?.name, change.pod?.labels.step])).toEqual([
      ['MODIFIED', 's-1', 'before-restart'],
      ['MODIFIED', 's-2', 'after-restart'],
    ]);
  }, 60_000);

  test('an object that stops matching is DELETED, one that starts is ADDED', async () => {
    const stream = client.subscribe<Change>(watch, { selector: 'parity=even' });
    const seen = await take(stream, (changes) => {
      if (last(changes)?.type === 'BOOKMARK') void client.send(updatePod, { input: { name: 's-0', labels: { app: 'stream', parity: 'odd' } } });
      if (last(changes)?.type === 'DELETED') void client.send(updatePod, { input: { name: 's-0', labels: { app: 'stream', parity: 'even' } } });
      return changes.some((change) => change.type === 'DELETED') && last(changes)?.type === 'ADDED';
    });
    expect(seen.slice(-2).map((change) => [change.type, change.pod?.name])).toEqual([
      ['DELETED', 's-0'],
      ['ADDED', 's-0'],
    ]);
  });
});

test('a version whose history is gone: RESYNC, a correct snapshot, and then each change', async () => {
  const podql = await PodqlProcess.start({ args: ['--runtime', 'none', '--history', '100'] });
  const client = podql.client();
  try {
    for (const name of ['stays', 'goes']) await client.ask(createPod, { input: shellPod(name, 'true') });
    const [mark] = (await take(client.subscribe<Change>(watch), (changes) => last(changes)?.type === 'BOOKMARK')).slice(-1);
    await client.ask('mutation { deletePod(input: { name: "goes" }) { pod { name } } }');
    for (let step = 0; step < 150; step += 1) await client.ask(updatePod, { input: { name: 'stays', labels: { step: String(step) } } });

    const seen = await take(client.subscribe<Change>(watch, { since: mark?.resourceVersion }), (changes) => {
      if (last(changes)?.type === 'BOOKMARK') void client.send(updatePod, { input: { name: 'stays', labels: { step: 'after' } } });
      return last(changes)?.pod?.labels.step === 'after';
    });
    expect(seen.map((change) => [change.type, change.pod?.name, change.pod?.labels.step])).toEqual([
      ['RESYNC', undefined, undefined],
      ['ADDED', 'stays', '149'],
      ['BOOKMARK', undefined, undefined],
      ['MODIFIED', 'stays', 'after'],
    ]);
    const reply = await client.send('query ($at: ResourceVersion) { pods(at: $at) { totalCount } }', { at: mark?.resourceVersion });
    // The store itself still has that moment: compaction waits five minutes.
    expect(reply.data).toEqual({ pods: { totalCount: 2 } });
  } finally {
    await client.close();
    await podql.remove();
  }
}, 60_000);
