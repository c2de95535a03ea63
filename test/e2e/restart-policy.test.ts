import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deleteEverything, PodqlProcess } from '../support/podql-process';
import { createPod, shellPod, updatePod } from '../support/shell-pod';
import type { TestClient } from '../support/graphql-client';

interface State {
  kind: string;
  exitCode?: number;
  reason?: string;
  nextAttemptAt?: string | null;
}
interface PodView {
  pod: {
    ready: boolean;
    restartCount: number;
    generation: number;
    status: { phase: string; containerStatuses: { restartCount: number; state: State; lastState: State | null }[] };
  };
}
const view = `query ($name: String!) { pod(name: $name) { ready restartCount generation status { phase containerStatuses { restartCount
  state { kind: __typename ... on ContainerWaiting { reason nextAttemptAt } ... on ContainerTerminated { exitCode reason } }
  lastState { kind: __typename ... on ContainerTerminated { exitCode reason } } } } } }`;

describe('restart policies, with real processes', () => {
  let podql: PodqlProcess;
  let client: TestClient;
  let scratch: string;

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'podql-counter-'));
    podql = await PodqlProcess.start();
    client = podql.client();
  }, 60_000);
  afterAll(async () => {
    await deleteEverything(client);
    await podql.remove();
    rmSync(scratch, { recursive: true, force: true });
  }, 60_000);

  /** Exits 1 on its first run, 0 on its second, and stays on its third: the counter is a file that outlives the runs. */
  const countingScript = (name: string): string => {
    const file = join(scratch, name);
    return `echo x >> ${file}; case $(wc -l < ${file}) in 1) exit 1;; 2) exit 0;; *) exec sleep 100000;; esac`;
  };

  test.each([
    ['ALWAYS', { phase: 'RUNNING', restartCount: 2, ready: true, state: 'ContainerRunning' }],
    ['ON_FAILURE', { phase: 'SUCCEEDED', restartCount: 1, ready: false, state: 'ContainerTerminated' }],
    ['NEVER', { phase: 'FAILED', restartCount: 0, ready: false, state: 'ContainerTerminated' }],
  ])('exit 1, then 0, then stay under %s', async (restartPolicy, expected) => {
    const name = `policy-${restartPolicy.toLowerCase().replace('_', '-')}`;
    await client.ask(createPod, { input: shellPod(name, countingScript(name), { restartPolicy }) });
    const { pod } = await client.until<PodView>(
      view,
      ({ pod }) => pod.status.phase === expected.phase && pod.restartCount === expected.restartCount && pod.ready === expected.ready,
      { variables: { name } },
    );
    expect(pod.status.containerStatuses[0]?.state.kind).toBe(expected.state);
    expect(pod.status.containerStatuses[0]?.restartCount).toBe(expected.restartCount);
  });

  test('a crash loop shows when the next attempt comes, and a changed spec ends the wait', async () => {
    const name = 'crash-loop';
    const waiting = ({ pod }: PodView): boolean => {
      const state = pod.status.containerStatuses[0]?.state;
      return state?.kind === 'ContainerWaiting' && state.reason === 'CrashLoopBackOff' && typeof state.nextAttemptAt === 'string';
    };
    // The first restart is immediate, then a wait of an hour: only a reset can bring the third attempt within this test.
    await client.ask(createPod, {
      input: shellPod(name, 'exit 3', { restartBackoff: { initialSeconds: 3600, maxSeconds: 3600, resetAfterSeconds: 60 }, activeDeadlineSeconds: 100_000 }),
    });
    const before = await client.until<PodView>(view, (data) => waiting(data) && data.pod.restartCount === 1, { variables: { name } });
    const status = before.pod.status.containerStatuses[0];
    expect(status?.lastState).toMatchObject({ kind: 'ContainerTerminated', exitCode: 3, reason: 'Error' });
    const left = Date.parse(status?.state.nextAttemptAt ?? '') - Date.now();
    expect(left).toBeGreaterThan(3_000_000);
    expect(before.pod.status.phase).toBe('RUNNING');

    await client.ask(updatePod, { input: { name, spec: { activeDeadlineSeconds: 90_000 } } });
    const after = await client.until<PodView>(view, (data) => waiting(data) && data.pod.restartCount >= 2, { variables: { name } });
    expect(after.pod.generation).toBe(before.pod.generation + 1);
  });
});
