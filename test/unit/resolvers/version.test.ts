import { readVersion } from '../../../src/base/version';
import { schemaHash } from '../../../src/resolvers/printed-schema';
import { openApi, schema } from './harness';

test('version tells the build and the hash of the schema', async () => {
  const api = await openApi();
  const { version } = await api.ask<{ version: object }>(
    '{ version { major minor version gitCommit gitTreeState buildDate nodeVersion platform schemaHash } }',
  );
  expect(version).toEqual({ ...readVersion(), schemaHash: schemaHash(schema) });
  await api.close();
});
