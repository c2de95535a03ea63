import { serverAudits } from 'graphql-http';
import { TestServer } from '../../support/server';

/**
 * The 61 audits of GraphQL over HTTP (graphql-http) against the real server, with nothing added to their requests. No
 * deviation is allowed for: each of them must be "ok", also those that are only SHOULD and MAY.
 */
describe('GraphQL over HTTP', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.close());

  const audits = serverAudits({ url: () => `${server.url}/graphql` });

  test('there are 61 audits', () => {
    expect(audits).toHaveLength(61);
  });

  test.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('%s %s', async (_id, _name, audit) => {
    const result = await audit.fn();
    expect(result).toMatchObject({ status: 'ok' });
  });
});
