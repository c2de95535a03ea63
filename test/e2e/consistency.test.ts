import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acknowledgedWrites, report } from '../consistency/report';
import { run } from '../consistency/run';
import { describeWithEtcd } from '../support/etcd/etcd-process';

const faults = 6;
const operations = 800;

describeWithEtcd('two servers on three members of a store, some of which fail all the time', (etcd) => {
  // The short one of `npm run consistency`, which is the same for as long as one likes.
  test(`${faults} faults and ${operations} operations: every answer was true, and every watcher saw each change once`, async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 100_000);
    console.log(`seed ${seed} (repeat with SEED=${seed})`);
    const directory = mkdtempSync(join(tmpdir(), 'podql-consistency-'));
    const historyFile = join(directory, 'history.jsonl');
    const result = await run({
      seed,
      etcd,
      historyFile,
      print: () => undefined,
      isEnough: (progress) => progress.faults >= faults && progress.operations >= operations,
    });
    console.log(report(seed, result).join('\n'));
    expect({ violations: result.violations, seed, historyFile }).toEqual({ violations: [], seed, historyFile });
    expect(acknowledgedWrites(result.history.records)).toBeGreaterThan(50);
    rmSync(directory, { recursive: true });
  }, 240_000);
});
