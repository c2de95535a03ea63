import type { EventDraft } from '../../../src/api/event';
import { involvedIn } from '../../../src/api/event';
import type { Pod } from '../../../src/api/pod';
import { aNodeDraft, aPodDraft } from '../../support/registries';
import type { ApiHarness } from './harness';
import { caller, openApi } from './harness';

let api: ApiHarness;
let web: Pod;
let other: Pod;
beforeEach(async () => {
  api = await openApi();
  await api.registries.clusterNodes.register(aNodeDraft('node-a'), 40);
  await api.registries.clusterNodes.register(aNodeDraft('node-b'), 40);
  web = await api.registries.pods.create(aPodDraft('web', { podSpec: { nodeName: 'node-a' } }));
  other = await api.registries.pods.create(aPodDraft('other', { namespace: 'other', podSpec: { nodeName: 'node-b' } }));
});
afterEach(() => api.close());

async function tell(pod: Pod, overrides: Partial<EventDraft> = {}): Promise<void> {
  api.registries.events.record({ type: 'NORMAL', reason: 'Started', message: 'started container main', source: 'kubelet/a', involved: involvedIn(pod), ...overrides });
  await api.registries.events.flush();
  await api.registries.reached(await api.store.currentRevision(), 1000);
  await api.clock.advance(1000);
}
interface Listed {
  events: { nodes: { reason: string }[]; totalCount: number; pageInfo: { endCursor: string; hasNextPage: boolean } };
}
const reasons = (data: Listed): string[] => data.events.nodes.map(({ reason }) => reason);

describe('events', () => {
  it('are listed with what was seen last first, of one namespace or type if asked', async () => {
    await tell(web, { reason: 'Scheduled' });
    await tell(web);
    await tell(other, { type: 'WARNING', reason: 'BackOff' });
    await tell(web, { reason: 'Scheduled' });
    const list = (args: string) => api.run<Listed>(`{ events${args} { nodes { reason } totalCount pageInfo { endCursor hasNextPage } } }`);
    expect(reasons((await list('')).data)).toEqual(['Scheduled', 'BackOff', 'Started']);
    expect(reasons((await list('(namespace: "default")')).data)).toEqual(['Scheduled', 'Started']);
    expect(reasons((await list('(type: WARNING)')).data)).toEqual(['BackOff']);
    const first = (await list('(first: 2)')).data;
    expect(first.events).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    await tell(other, { reason: 'Killing' });
    const second = (await list(`(first: 2, after: "${first.events.pageInfo.endCursor}")`)).data;
    expect(reasons(second)).toEqual(['Started']);
    expect((await list(`(type: WARNING, after: "${first.events.pageInfo.endCursor}")`)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('tell what they are about, also when that is gone', async () => {
    await tell(web);
    const ask = () =>
      api.run<{ events: { nodes: object[] } }>('{ events { nodes { id count source involved { __typename name } involvedKind involvedNamespace involvedName involvedUid } } }');
    const about = { involvedKind: 'Pod', involvedNamespace: 'default', involvedName: 'web', involvedUid: web.uid };
    expect((await ask()).data.events.nodes).toMatchObject([{ count: 1, source: 'kubelet/a', involved: { __typename: 'Pod', name: 'web' }, ...about }]);
    await api.registries.pods.delete(web, { gracePeriodSeconds: 0 });
    expect((await ask()).data.events.nodes).toMatchObject([{ involved: null, ...about }]);
  });

  it('are found by their id', async () => {
    await tell(web, { reason: 'Scheduled' });
    await tell(web);
    const { data } = await api.run<{ events: { nodes: { id: string }[] } }>('{ events { nodes { id } } }');
    const found = await api.run('query ($id: ID!) { node(id: $id) { id __typename ... on Event { reason } } }', { id: data.events.nodes[0]?.id });
    expect(found).toMatchObject({ data: { node: { __typename: 'Event', reason: 'Started' } } });
    const gone = await api.run('query ($id: ID!) { node(id: $id) { id } }', { id: Buffer.from(`Event:${web.uid}.1`).toString('base64url') });
    expect(gone.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  });

  it('are shown with their object, and those of a node are in the namespace default', async () => {
    await tell(web, { reason: 'Scheduled' });
    await tell(web);
    const node = await api.registries.clusterNodes.get({ namespace: null, name: 'node-a' });
    await tell(other, { involved: involvedIn(node), reason: 'NodeReady' });
    const query = '{ pods { nodes { name events(first: 1) { totalCount nodes { reason } } } } clusterNode(name: "node-a") { events { nodes { reason involvedNamespace } } } events(namespace: "default") { totalCount } }';
    expect((await api.run(query)).data).toMatchObject({
      pods: { nodes: [{ name: 'web', events: { totalCount: 2, nodes: [{ reason: 'Started' }] } }, { name: 'other', events: { totalCount: 0 } }] },
      clusterNode: { events: { nodes: [{ reason: 'NodeReady', involvedNamespace: null }] } },
      events: { totalCount: 3 },
    });
  });
});

describe('recordEvents', () => {
  const event = (podUid: string | null, reason = 'Started') => ({ type: 'NORMAL', reason, message: 'm', count: 2, firstSeenAt: '2020-01-01T00:00:00Z', lastSeenAt: new Date(api.clock.now()).toISOString(), podUid });
  const send = (events: object[], who = caller('NODE', 'node-a')) =>
    api.run<{ recordEvents: { accepted: number } }>('mutation ($input: RecordEventsInput!) { recordEvents(input: $input) { accepted } }', { input: { nodeName: 'node-a', events } }, who);

  it('takes what a kubelet tells of its pods and its node, once', async () => {
    const events = [event(web.uid), event(null, 'Rebooted'), event('20000000-0000-4000-8000-000000000001')];
    expect((await send(events)).data.recordEvents.accepted).toBe(2);
    await send(events);
    await api.registries.events.flush();
    await send(events);
    await api.registries.events.flush();
    const { data } = await api.run<{ events: { nodes: object[] } }>('{ events { nodes { reason count source involvedName } } }');
    expect(data.events.nodes).toHaveLength(2);
    expect(data.events.nodes).toEqual(
      expect.arrayContaining([
        { reason: 'Started', count: 2, source: 'kubelet/node-a', involvedName: 'web' },
        { reason: 'Rebooted', count: 2, source: 'kubelet/node-a', involvedName: 'node-a' },
      ]),
    );
  });

  it('refuses what is told of pods of other nodes, for other nodes, or in no known form, and then takes nothing', async () => {
    expect((await send([event(web.uid), event(other.uid)])).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect((await send([event(web.uid)], caller('NODE', 'node-b'))).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect((await send([event(web.uid), { ...event(web.uid), reason: 'not a word', count: 0 }])).errors).toMatchObject([
      { extensions: { code: 'INVALID', details: { causes: [{ field: 'events[1].reason' }, { field: 'events[1].count' }] } } },
    ]);
    expect((await send(Array.from({ length: 501 }, () => event(web.uid)))).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    await api.registries.events.flush();
    expect((await api.run('{ events { totalCount } }')).data).toEqual({ events: { totalCount: 0 } });
  });
});
