import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { applyManifest } from '../../../../src/registry/manifest/apply';
import { openRegistries } from '../../../support/registries';

const folder = join(__dirname, '../../../../examples');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const text = (file: string): string => readFileSync(join(folder, file), 'utf8');

describe('the examples', () => {
  it.each(files)('%s can be applied, twice', async (file) => {
    const harness = await openRegistries();
    try {
      const actions = async () => (await applyManifest(harness.registries, text(file), { namespace: 'default' })).map(({ action }) => action);
      expect(await actions()).toEqual(['CREATED']);
      expect(await actions()).toEqual(['UNCHANGED']);
    } finally {
      await harness.close();
    }
  });

  it('show every restart policy and a replication controller', () => {
    const all = files.map(text).join('\n');
    for (const words of ['restartPolicy: Always', 'restartPolicy: OnFailure', 'restartPolicy: Never', 'kind: ReplicationController']) expect(all).toContain(words);
  });
});
