import { RuntimeError } from '../../../../../src/kubelet/runtime/runtime';
import type { ContainerRecord, SandboxRecord } from '../../../../../src/kubelet/runtime/runtime';
import { Looks, type LooksOptions } from '../../../../../src/kubelet/runtime/docker/looks';
import { RecordingLogger } from '../../../../support/recording-logger';

const container = (id: string, phase: ContainerRecord['phase']): ContainerRecord => ({ id, phase }) as ContainerRecord;
const sandbox = (id: string, ready: boolean): SandboxRecord => ({ id, ready }) as SandboxRecord;

describe('a look at an engine', () => {
  let lists: number;
  let list: () => Promise<readonly never[]>;
  let known: Map<string, ContainerRecord>;
  let sandboxes: SandboxRecord[];
  let meanwhile: () => void;
  let logger: RecordingLogger;
  let looks: Looks;

  beforeEach(() => {
    lists = 0;
    list = () => Promise.resolve([]);
    known = new Map();
    sandboxes = [];
    meanwhile = () => undefined;
    logger = new RecordingLogger();
    const none = (): void => undefined;
    const options = {
      engine: { list: () => ((lists += 1), list()) },
      owner: { runtimeId: 'mine', nodeName: 'node-a' },
      containers: {
        get ids() {
          return new Set(known.keys());
        },
        recordOf: (id: string) => known.get(id) ?? null,
        beginLook: none,
        takeOver: () => (meanwhile(), Promise.resolve([...known.values()])),
      },
      sandboxes: { list: () => [...sandboxes], beginLook: none, takeOver: none },
      oomScores: { takeOver: none },
      logger,
    };
    looks = new Looks(options as unknown as LooksOptions);
  });

  test('is shared by all who ask before it begins, and no other begins before it is over', async () => {
    const [first, second] = [looks.look(), looks.look()];
    expect(await first).toBe(await second);
    expect(lists).toBe(1);
    await looks.look();
    expect(lists).toBe(2);
  });

  test('after a gap finds what is another now, what is gone and what is new', async () => {
    known = new Map([container('same', 'running'), container('ended', 'running'), container('gone', 'exited')].map((record) => [record.id, record]));
    sandboxes = [sandbox('stays', true), sandbox('lost', true), sandbox('removed', false)];
    meanwhile = () => {
      known.set('ended', container('ended', 'exited')).set('new', container('new', 'created')).delete('gone');
      sandboxes = [sandbox('stays', true), sandbox('lost', false)];
    };
    expect(await looks.changedMeanwhile()).toEqual(['ended', 'gone', 'new', 'lost', 'removed']);
  });

  test('after a gap finds nothing, and rejects nothing, when the engine went again or the runtime is being closed', async () => {
    list = () => Promise.reject(new RuntimeError('UNAVAILABLE', 'this runtime was closed'));
    expect(await looks.changedMeanwhile()).toEqual([]);
    expect(logger.lines).toMatchObject([{ level: 'debug', message: 'cannot look at the engine after it was away' }]);
  });
});
