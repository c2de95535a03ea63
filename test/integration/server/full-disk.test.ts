import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '../../../src/base/logger';
import type { RunningServer } from '../../../src/server';
import { startServer } from '../../../src/server';
import { FakeClock, settle } from '../../support/fake-clock';
import { TestClient } from '../../support/graphql-client';
import { createController, shellController } from '../../support/shell-pod';
import { mountSmallDisk, noSmallDisk } from '../../support/small-disk';

const reason = noSmallDisk();
const onSmallDisk = reason === undefined ? test : test.skip;
/** Nothing runs: only its size matters. */
const controller = (name: string, text: string): object => ({ ...shellController(name, 0, { app: 'a' }), annotations: { text } });

describe('a server whose disk is full', () => {
  const asked = async (server: RunningServer, path: string): Promise<{ status: number; text: string }> => {
    const response = await fetch(`${server.url}${path}`);
    return { status: response.status, text: await response.text() };
  };

  onSmallDisk(
    `lives and reads, is not ready for writes and says why, and is ready again when there is space${reason ? ` (not here: ${reason})` : ''}`,
    async () => {
      const disk = mountSmallDisk(24);
      const clock = new FakeClock();
      const ballast = join(disk.path, 'ballast');
      writeFileSync(ballast, Buffer.alloc(12 * 2 ** 20));
      const server = await startServer({ listen: '127.0.0.1:0', store: `embedded:${join(disk.path, 'data')}`, runtime: 'none', logger: silentLogger, clock });
      const client = new TestClient(server.url);
      try {
        expect(await asked(server, '/readyz')).toEqual({ status: 200, text: 'ok\n' });
        let written = 0;
        let refusal: unknown;
        for (; !refusal; written += 1) {
          const reply = await client.send<unknown>(createController, { input: controller(`w-${written}`, 'x'.repeat(100_000)) });
          refusal = reply.errors?.[0];
        }
        expect(refusal).toMatchObject({ message: expect.stringMatching(/no space left|answer was lost/) });

        const { status, text } = await asked(server, '/readyz');
        expect(status).toBe(503);
        expect(text).toContain('[-] writes: refused, while reads may go on: the store has no space left; free some on the server');
        expect(text).toContain('[+] caches ok');
        expect(await asked(server, '/livez')).toEqual({ status: 200, text: 'ok\n' });
        const read = await client.ask<{ replicationControllers: { totalCount: number } }>('{ replicationControllers { totalCount } }');
        expect(read.replicationControllers.totalCount).toBe(written - 1);

        rmSync(ballast);
        while ((await asked(server, '/readyz')).status !== 200) {
          await clock.advance(1_000);
          await settle();
        }
        const reply = await client.send<unknown>(createController, { input: controller('after', '') });
        expect(reply.errors).toBeUndefined();
      } finally {
        await server.close('the test is over');
        disk.unmount();
      }
    },
    60_000,
  );
});
