import fc from 'fast-check';
import { silentLogger } from '../../src/base/logger';
import { openEmbeddedStore } from '../../src/registry/store/embedded/store';
import { openMemoryStore } from '../../src/registry/store/memory/store';
import { FakeClock } from '../support/fake-clock';
import type { StorePair } from '../support/store-model';
import { agree, storeCommands } from '../support/store-model';
import { temporaryFolder } from '../support/temporary-folder';

/**
 * Random histories, applied to the memory store (the model) and to the embedded one, which is closed and opened again
 * in between. Every answer, every refusal, every past state and every watch must be the same.
 */
describe('the embedded store and its model', () => {
  // With no budget at all every superseded value is read from the log.
  it.each([0, 64 * 2 ** 20])('agree on any history, with %i bytes of history in memory', async (historyBytes) => {
    await fc.assert(
      fc.asyncProperty(fc.array(storeCommands, { minLength: 1, maxLength: 60, size: 'max' }), async (commands) => {
        const folder = await temporaryFolder('property');
        const clock = new FakeClock();
        const open = (): ReturnType<typeof openEmbeddedStore> =>
          openEmbeddedStore({ directory: folder.path, clock, logger: silentLogger, historyBytes });
        const pair: StorePair = { clock, model: await openMemoryStore({ clock }), real: await open(), leases: [], open };
        try {
          for (const command of commands) await command.run(pair);
          await agree(pair);
        } finally {
          await pair.real.close();
          await pair.model.close();
          await folder.remove();
        }
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});
