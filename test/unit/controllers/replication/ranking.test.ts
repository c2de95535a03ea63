import type { Pod } from '../../../../src/api/pod';
import { rankForRemoval } from '../../../../src/controllers/replication/ranking';
import { aCondition, aContainerStatus, aMoment, aPod, aRunningPod } from '../../../support/builders';

const second = 1_000;
const hour = 3_600 * second;
const now = Date.parse(aMoment) + 100 * hour;
const ago = (milliseconds: number): string => new Date(now - milliseconds).toISOString();

const readySince = (milliseconds: number) => [aCondition('Ready', { lastTransitionTime: ago(milliseconds) })];
const notReady = [aCondition('Ready', { status: 'FALSE' })];

/** Each pair differs in the named respect; `goes` also has every later criterion against it, so that order is proved. */
const pairs: { readonly respect: string; readonly goes: Pod; readonly stays: Pod }[] = [
  {
    respect: 'bound to no node',
    goes: aPod({ name: 'goes', creationTimestamp: ago(50 * hour) }),
    stays: aPod({ name: 'stays', spec: { nodeName: 'node-a' }, creationTimestamp: ago(second) }),
  },
  {
    respect: 'PENDING before UNKNOWN',
    goes: aRunningPod({ name: 'goes', status: { phase: 'PENDING' }, creationTimestamp: ago(50 * hour) }),
    stays: aRunningPod({ name: 'stays', status: { phase: 'UNKNOWN', conditions: notReady }, creationTimestamp: ago(second) }),
  },
  {
    respect: 'UNKNOWN before RUNNING',
    goes: aRunningPod({ name: 'goes', status: { phase: 'UNKNOWN' }, creationTimestamp: ago(50 * hour) }),
    stays: aRunningPod({ name: 'stays', status: { phase: 'RUNNING', conditions: notReady }, creationTimestamp: ago(second) }),
  },
  {
    respect: 'not ready',
    goes: aRunningPod({ name: 'goes', status: { conditions: notReady }, creationTimestamp: ago(50 * hour) }),
    stays: aRunningPod({
      name: 'stays',
      status: { conditions: readySince(second), containerStatuses: [aContainerStatus({ restartCount: 9 })] },
      creationTimestamp: ago(second),
    }),
  },
  {
    respect: 'ready for less time',
    goes: aRunningPod({ name: 'goes', status: { conditions: readySince(10 * second) }, creationTimestamp: ago(50 * hour) }),
    stays: aRunningPod({
      name: 'stays',
      status: { conditions: readySince(hour), containerStatuses: [aContainerStatus({ restartCount: 9 })] },
      creationTimestamp: ago(second),
    }),
  },
  {
    respect: 'more restarts',
    goes: aRunningPod({
      name: 'goes',
      status: { containerStatuses: [aContainerStatus({ restartCount: 2 }), aContainerStatus({ restartCount: 2 })] },
      creationTimestamp: ago(50 * hour),
    }),
    stays: aRunningPod({
      name: 'stays',
      status: { containerStatuses: [aContainerStatus({ restartCount: 3 })] },
      creationTimestamp: ago(second),
    }),
  },
  {
    respect: 'newer',
    goes: aRunningPod({ name: 'goes', uid: 'z', creationTimestamp: ago(second) }),
    stays: aRunningPod({ name: 'stays', uid: 'a', creationTimestamp: ago(hour) }),
  },
];

describe('ranking for removal', () => {
  it.each(pairs)('a pod that is $respect goes first', ({ goes, stays }) => {
    for (const pods of [
      [goes, stays],
      [stays, goes],
    ]) {
      expect(rankForRemoval(pods, now).map(({ name }) => name)).toEqual(['goes', 'stays']);
    }
  });

  it('a pod with more siblings on its node goes before one that has been ready for less time', () => {
    const crowded = ['a', 'b'].map((name) =>
      aRunningPod({ name, spec: { nodeName: 'node-a' }, status: { conditions: readySince(hour) } }),
    );
    const alone = aRunningPod({ name: 'alone', spec: { nodeName: 'node-b' }, status: { conditions: readySince(second) } });
    expect(rankForRemoval([alone, ...crowded], now).at(-1)?.name).toBe('alone');
  });

  it('a pod that is not ready goes before one with more siblings', () => {
    const crowded = ['a', 'b'].map((name) => aRunningPod({ name, spec: { nodeName: 'node-a' } }));
    const alone = aRunningPod({ name: 'alone', spec: { nodeName: 'node-b' }, status: { conditions: notReady } });
    expect(rankForRemoval([...crowded, alone], now)[0]?.name).toBe('alone');
  });

  it('compares times by magnitude, so that the uid decides between 20 and 21 hours', () => {
    const older = aRunningPod({ name: 'older', uid: 'a', status: { conditions: readySince(21 * hour) }, creationTimestamp: ago(21 * hour) });
    const newer = aRunningPod({ name: 'newer', uid: 'b', status: { conditions: readySince(20 * hour) }, creationTimestamp: ago(20 * hour) });
    expect(rankForRemoval([newer, older], now).map(({ name }) => name)).toEqual(['older', 'newer']);
  });

  it('takes a time that lies ahead, or is unknown, for now', () => {
    const ahead = aRunningPod({ name: 'ahead', uid: 'b', status: { conditions: readySince(-hour) }, creationTimestamp: ago(-hour) });
    const old = aRunningPod({ name: 'old', uid: 'a', status: { conditions: readySince(hour) }, creationTimestamp: ago(hour) });
    const unknown = aRunningPod({ name: 'unknown', uid: 'c', status: { conditions: [aCondition('Ready', { lastTransitionTime: null })] } });
    expect(rankForRemoval([old, ahead, unknown], now).at(-1)?.name).toBe('old');
  });

  it('leaves the list that it is given as it is', () => {
    const pods = Object.freeze([aRunningPod({ name: 'b', uid: 'b' }), aRunningPod({ name: 'a', uid: 'a' })]);
    expect(rankForRemoval(pods, now).map(({ name }) => name)).toEqual(['a', 'b']);
  });
});
