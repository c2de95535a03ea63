import type { ContainerStatus } from '../../../src/api/pod';
import { historyOf } from '../../../src/kubelet/container-history';
import type { ContainerRecord, ExitRecord } from '../../../src/kubelet/runtime/runtime';
import { aContainerStatus, aMoment } from '../../support/builders';

const now = Date.parse('2030-01-01T00:00:00.000Z');

function aRecord(attempt: number, exitCode: number | null, overrides: Partial<ContainerRecord> = {}): ContainerRecord {
  const exit: ExitRecord | null =
    exitCode === null ? null : { exitCode, signal: null, reason: 'Error', message: null, oomKilled: false, finishedAt: now - 1000 + attempt };
  return {
    id: `c${attempt}`,
    identity: { podUid: 'u', containerName: 'main', attempt, init: false },
    sandboxId: 'sandbox',
    namespace: 'default',
    podName: 'web',
    image: 'host',
    notes: {},
    phase: exit ? 'exited' : 'running',
    imageID: null,
    containerID: `process://${attempt}`,
    createdAt: now - 2000,
    startedAt: now - 2000,
    exit,
    ...overrides,
  };
}

function history(records: readonly ContainerRecord[], reported?: Partial<ContainerStatus>, kills = new Map()) {
  return historyOf({ records, reported: reported && aContainerStatus(reported), kills, now });
}

const waiting = { kind: 'ContainerWaiting', reason: 'x', message: null, nextAttemptAt: null } as const;
const terminated = { kind: 'ContainerTerminated', exitCode: 5, signal: null, reason: 'Error', message: null, startedAt: aMoment, finishedAt: aMoment } as const;

describe('the latest run of a container', () => {
  it('is of two of one attempt the one that was started', () => {
    const late = aRecord(1, null, { id: 'late', phase: 'created', startedAt: null, containerID: null });
    for (const records of [[late, aRecord(1, null)], [aRecord(1, null), late]]) expect(history(records).run).toMatchObject({ state: 'running', record: { id: 'c1' } });
  });

  it('is the one with the highest attempt, whatever the order', () => {
    expect(history([aRecord(1, 1), aRecord(2, null), aRecord(0, 0)])).toMatchObject({
      attempt: 2,
      run: { state: 'running', record: { id: 'c2' } },
      previous: { exitCode: 1 },
    });
  });

  it('does not exist when nobody knows one', () => {
    expect(history([])).toEqual({ run: { state: 'none' }, attempt: -1, previous: null });
    expect(history([], { state: waiting })).toEqual({ run: { state: 'none' }, attempt: -1, previous: null });
  });

  it('that was reported and is lost has ended in a way nobody knows', () => {
    expect(history([], { restartCount: 3, lastState: terminated })).toMatchObject({
      attempt: 3,
      run: { state: 'ended', record: null, terminated: { exitCode: 137, reason: 'ContainerStatusUnknown', startedAt: aMoment, finishedAt: '2030-01-01T00:00:00.000Z' } },
      previous: { exitCode: 5 },
    });
  });

  it('that was reported counts also when the runtime still has an older one', () => {
    expect(history([aRecord(1, 1)], { restartCount: 2 })).toMatchObject({ attempt: 2, run: { state: 'ended', record: null, terminated: { exitCode: 137 } } });
  });

  it('that was reported as ended and is lost has ended as it was reported', () => {
    expect(history([], { restartCount: 1, state: terminated })).toMatchObject({ attempt: 1, run: { terminated } });
    expect(history([], { restartCount: 1, state: waiting, lastState: terminated })).toMatchObject({ attempt: 1, run: { terminated } });
  });
});

describe('a run that the runtime says was removed by somebody else', () => {
  const lost = aRecord(2, null, { phase: 'exited' });
  const unknown = { exitCode: 137, reason: 'ContainerStatusUnknown', message: expect.stringContaining('not known') as string };

  it('has happened, although nobody reported it', () => {
    expect(history([lost])).toMatchObject({ attempt: 2, run: { state: 'ended', record: { id: 'c2' }, terminated: unknown } });
    expect(history([lost, aRecord(1, 3)], { restartCount: 1, state: terminated })).toMatchObject({ attempt: 2, run: { state: 'ended', terminated: unknown }, previous: { exitCode: 3 } });
  });

  it('is what was reported of it, if anything was', () => {
    expect(history([lost], { restartCount: 2, state: terminated })).toMatchObject({ attempt: 2, run: { state: 'ended', terminated } });
    expect(history([lost], { restartCount: 2, state: waiting, lastState: terminated }).run).toMatchObject({ terminated });
    expect(history([lost], { restartCount: 2, state: { kind: 'ContainerRunning', startedAt: aMoment } }).run).toMatchObject({ terminated: { ...unknown, startedAt: aMoment } });
    expect(history([lost, aRecord(3, null)], { restartCount: 2, state: terminated }).previous).toEqual(terminated);
  });
});

describe('the end before the latest run', () => {
  it('is taken from what was reported when the runtime does not have it any more', () => {
    expect(history([aRecord(2, null)], { restartCount: 1, state: terminated }).previous).toEqual(terminated);
    expect(history([aRecord(2, null)], { restartCount: 2, lastState: terminated }).previous).toEqual(terminated);
  });
});

describe('why it was killed', () => {
  const kills = new Map([['c0', { reason: 'ProbeFailed', why: 'its liveness probe failed' }]]);

  it('is said by the kubelet that did it', () => {
    expect(history([aRecord(0, 143)], undefined, kills).run).toMatchObject({ terminated: { message: 'its liveness probe failed' } });
    expect(history([aRecord(0, 143), aRecord(1, null)], undefined, kills).previous?.message).toBe('its liveness probe failed');
  });

  it('is taken from what was reported by a kubelet that was not there, for the same end only', () => {
    const finishedAt = new Date(now - 1000).toISOString();
    const told = { ...terminated, finishedAt, message: 'its liveness probe failed' };
    expect(history([aRecord(0, 143)], { state: waiting, lastState: told }).run).toMatchObject({ terminated: { message: 'its liveness probe failed' } });
    expect(history([aRecord(0, 143)], { state: waiting, lastState: { ...told, finishedAt: aMoment } }).run).toMatchObject({ terminated: { message: null } });
  });

  it("does not replace the runtime's own message", () => {
    const record = aRecord(0, 137);
    const oom = { ...record, exit: record.exit && { ...record.exit, message: 'out of memory' } };
    expect(history([oom], undefined, kills).run).toMatchObject({ terminated: { message: 'out of memory' } });
  });
});
