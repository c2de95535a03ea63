import { systemIdentity } from '../../../../../src/base/identity';
import { silentLogger } from '../../../../../src/base/logger';
import type { ContainerDetails, ContainerSummary, Engine } from '../../../../../src/kubelet/runtime/docker/engine';
import { labelNames, sandboxLabels } from '../../../../../src/kubelet/runtime/docker/labels';
import { PauseContainers } from '../../../../../src/kubelet/runtime/docker/pause-containers';
import { Sandboxes } from '../../../../../src/kubelet/runtime/docker/sandboxes';
import { aPodSpec } from '../../../../support/builders';
import { FakeClock, settle } from '../../../../support/fake-clock';

const owner = { runtimeId: 'mine', nodeName: 'node-a' };
const pod = { podUid: 'uid', namespace: 'default', podName: 'web', spec: aPodSpec(), hostname: 'web' };

const summary = (id: string, Created: number, State = 'running'): ContainerSummary =>
  ({ Id: id, Names: ['/podql_POD_web_default_uid_0'], Created, State, Labels: sandboxLabels(owner, pod), NetworkSettings: { Networks: {} } }) as unknown as ContainerSummary;
/** As one that was made ahead: only its name says whose it is. */
const prepared = (id: string, Created: number): ContainerSummary => ({ ...summary(id, Created), Labels: { [labelNames.runtime]: 'mine', [labelNames.role]: 'prepared' } });

describe('of several sandboxes that a list shows of one pod', () => {
  let sandboxes: Sandboxes;
  let discarded: string[];
  let inhabited: Set<string>;
  let create: () => Promise<string>;

  beforeEach(() => {
    discarded = [];
    inhabited = new Set();
    create = () => Promise.resolve('made');
    const engine: Partial<Engine> = {
      create: () => create(),
      start: () => Promise.resolve(),
      inspect: () => Promise.resolve({ NetworkSettings: { Networks: {} } } as ContainerDetails),
      remove: (id) => Promise.resolve(void discarded.push(id)),
    };
    const options = { engine: engine as Engine, owner, clock: new FakeClock(), identity: systemIdentity, logger: silentLogger };
    const pauses = new PauseContainers({ ...options, makeImage: () => Promise.resolve() });
    sandboxes = new Sandboxes({ ...options, pauses, pauseImage: () => 'pause', prepared: 0 });
  });

  function look(...summaries: ContainerSummary[]): void {
    sandboxes.beginLook();
    sandboxes.takeOver(summaries, inhabited);
  }

  test.each([
    ['older', 0],
    ['newer', 9],
  ])('the one that the pod has stays, and the other is removed, though that is %s', (_age, created) => {
    look(summary('present', 5));
    look(summary('present', 5), prepared('other', created));
    expect(sandboxes.list()).toMatchObject([{ id: 'present', ready: true }]);
    expect(discarded).toEqual(['other']);
    look(prepared('other', created), summary('present', 5));
    expect(sandboxes.list()).toMatchObject([{ id: 'present', ready: true }]);
  });

  test.each([
    ['shows it', [summary('made', 5)]],
    ['does not know it', []],
  ])('one that was made meanwhile stays, and the other is removed, where that list %s', async (_what, shown) => {
    look();
    sandboxes.beginLook();
    await sandboxes.ensure(pod);
    sandboxes.takeOver([prepared('other', 9), ...shown], inhabited);
    expect(sandboxes.list()).toMatchObject([{ id: 'made', ready: true }]);
    expect(discarded).toEqual(['other']);
  });

  test('none is removed while one is being made for the pod: it may be that one', async () => {
    look();
    let created = (_id: string): void => undefined;
    create = () => new Promise((resolve) => (created = resolve));
    const made = sandboxes.ensure(pod);
    await settle();
    look(prepared('late', 1));
    look(prepared('late', 1), summary('made', 5));
    expect(discarded).toEqual([]);
    created('made');
    await made;
    look(prepared('late', 1), summary('made', 5));
    expect(sandboxes.list()).toMatchObject([{ id: 'made', ready: true }]);
    expect(discarded).toEqual(['late']);
  });

  test('a running one counts before the one that the pod had, which runs no more and goes with the pod', () => {
    look();
    look(summary('present', 5));
    look(summary('present', 5, 'exited'), prepared('other', 1));
    expect(sandboxes.list()).toMatchObject([{ id: 'other', ready: true }]);
    expect(discarded).toEqual([]);
  });

  test('the one in which containers run counts when none is known', () => {
    inhabited = new Set(['old']);
    look(summary('new', 5), summary('old', 1));
    expect(sandboxes.list()).toMatchObject([{ id: 'old', ready: true }]);
    expect(discarded).toEqual([]);
  });

  test('the newest counts when none is known, and those of an earlier podql are left: it may have made containers in any', () => {
    look(summary('new', 5), summary('old', 1));
    look(summary('new', 5), summary('old', 1));
    expect(sandboxes.list()).toMatchObject([{ id: 'new', ready: true }]);
    expect(discarded).toEqual([]);
  });
});
