import { StreamFailure, subscribeTo, unwrap } from '../../../src/resolvers/watch';
import { ApiError } from '../../../src/errors/api-error';
import { aRunningPod } from '../../support/builders';
import { aNodeDraft, aPodDraft, anRcDraft } from '../../support/registries';
import type { ApiHarness, Reply } from './harness';
import { openApi } from './harness';

describe('subscribeTo', () => {
  const never = new AbortController().signal;

  test('ends the source by its signal when the subscriber leaves', async () => {
    let ended = false;
    async function* source(signal: AbortSignal): AsyncGenerator<number> {
      signal.addEventListener('abort', () => (ended = true));
      yield 1;
      yield 2;
    }
    for await (const item of subscribeTo(source, (n) => n * 10, never)) {
      expect(unwrap(item)).toBe(10);
      break;
    }
    expect(ended).toBe(true);
  });

  test('ends when its parent aborts, also while it waits', async () => {
    const parent = new AbortController();
    async function* source(signal: AbortSignal): AsyncGenerator<number> {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      yield* [];
    }
    const stream = subscribeTo(source, (n) => n, parent.signal);
    const next = stream.next();
    parent.abort();
    expect(await next).toEqual({ value: undefined, done: true });
    expect(await stream.next()).toEqual({ value: undefined, done: true });
  });

  test('hands an error over as the last item', async () => {
    const error = new ApiError('TOO_MANY_REQUESTS', 'too slow');
    async function* source(): AsyncGenerator<number> {
      throw error;
    }
    const stream = subscribeTo(source, (n) => n, never);
    const { value } = await stream.next();
    expect(value).toBeInstanceOf(StreamFailure);
    expect(() => unwrap(value as StreamFailure)).toThrow(error);
    expect((await stream.next()).done).toBe(true);
  });

  test('reads nothing ahead of the subscriber', async () => {
    let made = 0;
    async function* source(): AsyncGenerator<number> {
      for (;;) yield (made += 1);
    }
    const stream = subscribeTo(source, (n) => n, never);
    await stream.next();
    await stream.next();
    expect(made).toBe(2);
    await stream.return?.();
  });
});

interface Change {
  type: string;
  resourceVersion: string;
  pod?: { name: string; labels?: object } | null;
  replicationController?: { name: string; currentReplicas: number; readyReplicas: number } | null;
  clusterNode?: { name: string; unschedulable: boolean } | null;
}
type Stream = AsyncGenerator<Reply<Record<string, Change>>>;

let api: ApiHarness;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

async function next(stream: Stream): Promise<Change> {
  const { value, done } = await stream.next();
  if (done || !value) throw new Error('the stream has ended');
  if (value.errors) throw new Error(JSON.stringify(value.errors));
  return Object.values(value.data)[0] as Change;
}
const words = ({ type, pod }: Change) => (pod ? `${type} ${pod.name}` : type);
const podChanges = (variables: object = {}) =>
  api.subscribe<Change>(
    'subscription ($namespace: String, $name: String, $labelSelector: LabelSelector, $filter: PodFilter, $since: ResourceVersion) { podChanges(namespace: $namespace, name: $name, labelSelector: $labelSelector, filter: $filter, since: $since) { type resourceVersion pod { name labels } } }',
    variables,
  );
const label = (name: string, labels: Record<string, string>) => api.registries.pods.update({ namespace: 'default', name }, (pod) => ({ ...pod, labels }));

describe('podChanges', () => {
  test('sends the snapshot, a BOOKMARK, then changes as they happen', async () => {
    await api.registries.pods.create(aPodDraft('a'));
    await api.registries.pods.create(aPodDraft('b'));
    const stream = podChanges();
    expect([words(await next(stream)), words(await next(stream)), words(await next(stream))]).toEqual(['ADDED a', 'ADDED b', 'BOOKMARK']);
    await api.registries.pods.create(aPodDraft('c'));
    await label('a', { x: '1' });
    await api.registries.pods.delete({ namespace: 'default', name: 'b' });
    expect([words(await next(stream)), words(await next(stream)), words(await next(stream))]).toEqual(['ADDED c', 'MODIFIED a', 'DELETED b']);
    await stream.return(undefined);
  });

  test('since a version sends exactly what came after it', async () => {
    await api.registries.pods.create(aPodDraft('a'));
    const { pods } = await api.ask<{ pods: { resourceVersion: string } }>('{ pods { resourceVersion } }');
    for (let i = 0; i < 50; i += 1) await label('a', { n: String(i) });
    const stream = podChanges({ since: pods.resourceVersion });
    for (let i = 0; i < 50; i += 1) expect(await next(stream)).toMatchObject({ type: 'MODIFIED', pod: { labels: { n: String(i) } } });
    await stream.return(undefined);
  });

  test('shows an object that starts or stops matching as ADDED and DELETED', async () => {
    await api.registries.pods.create(aPodDraft('a'));
    await api.registries.pods.create(aPodDraft('b', { labels: { app: 'web' }, namespace: 'other' }));
    const stream = podChanges({ labelSelector: 'app=web', namespace: 'default' });
    expect(words(await next(stream))).toBe('BOOKMARK');
    await label('a', { app: 'web' });
    await label('a', { app: 'web', more: 'x' });
    await label('a', {});
    expect([words(await next(stream)), words(await next(stream)), words(await next(stream))]).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
    await stream.return(undefined);
  });

  test('a version from which history is gone is answered with RESYNC and a snapshot', async () => {
    await api.close();
    api = await openApi({ windowEvents: 5 });
    await api.registries.pods.create(aPodDraft('a'));
    const { pods } = await api.ask<{ pods: { resourceVersion: string } }>('{ pods { resourceVersion } }');
    for (let i = 0; i < 20; i += 1) await label('a', { n: String(i) });
    await api.store.compact(await api.store.currentRevision());
    const stream = podChanges({ since: pods.resourceVersion });
    expect([words(await next(stream)), words(await next(stream)), words(await next(stream))]).toEqual(['RESYNC', 'ADDED a', 'BOOKMARK']);
    await stream.return(undefined);
  });

  test('ends when the operation is aborted', async () => {
    const operation = new AbortController();
    const stream = api.subscribe('subscription { podChanges { type } }', {}, { signal: operation.signal });
    await stream.next();
    const last = stream.next();
    operation.abort();
    expect((await last).done).toBe(true);
  });

  test.each([
    ['a malformed selector', { labelSelector: 'app in (' }],
    ['a version that is none', { since: 'yesterday' }],
  ])('with %s is BAD_USER_INPUT, inside the operation', async (_what, variables) => {
    const stream = podChanges(variables);
    const { value } = await stream.next();
    expect((value as Reply<object>).errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', status: 400 });
    expect((await stream.next()).done).toBe(true);
  });
});

test('replicationControllerChanges tells when the counts change, with the new counts', async () => {
  await api.registries.replicationControllers.create(anRcDraft('web'));
  const stream = api.subscribe<Change>('subscription { replicationControllerChanges(name: "web") { type resourceVersion replicationController { name currentReplicas readyReplicas } } }');
  expect(await next(stream)).toMatchObject({ type: 'ADDED', replicationController: { currentReplicas: 0 } });
  expect((await next(stream)).type).toBe('BOOKMARK');
  await api.registries.pods.create(aPodDraft('a', { labels: { app: 'web' } }));
  expect(await next(stream)).toMatchObject({ type: 'MODIFIED', replicationController: { currentReplicas: 1, readyReplicas: 0 } });
  await api.registries.pods.updateStatus({ namespace: 'default', name: 'a' }, (pod) => ({ ...pod, status: aRunningPod().status }));
  expect(await next(stream)).toMatchObject({ type: 'MODIFIED', replicationController: { currentReplicas: 1, readyReplicas: 1 } });
  await stream.return(undefined);
});

test('clusterNodeChanges tells of nodes, and heartbeats are no changes', async () => {
  await api.registries.clusterNodes.register(aNodeDraft('node-a'), 40);
  const stream = api.subscribe<Change>('subscription { clusterNodeChanges { type resourceVersion clusterNode { name unschedulable } } }');
  expect(await next(stream)).toMatchObject({ type: 'ADDED', clusterNode: { name: 'node-a', unschedulable: false } });
  expect((await next(stream)).type).toBe('BOOKMARK');
  await api.registries.clusterNodes.renewLease('node-a');
  await api.ask('mutation { cordonClusterNode(input: { name: "node-a" }) { clusterNode { unschedulable } } }');
  expect(await next(stream)).toMatchObject({ type: 'MODIFIED', clusterNode: { unschedulable: true } });
  await stream.return(undefined);
});
