import type { Etcd3 } from 'etcd3';
import { StoreError } from '../../../../../src/errors/store-error';
import type { Endpoints } from '../../../../../src/registry/store/etcd/endpoints';
import { Space } from '../../../../../src/registry/store/etcd/space';
import { FakeClock } from '../../../../support/fake-clock';
import { RecordingLogger } from '../../../../support/recording-logger';

describe('the space of an etcd', () => {
  let clock: FakeClock;
  let logger: RecordingLogger;
  let closing: AbortController;
  let running: Promise<void>;
  let space: Space;
  /** What etcd would say. */
  let state: { dbSize: number; isFull: boolean };

  beforeEach(() => {
    clock = new FakeClock();
    logger = new RecordingLogger();
    closing = new AbortController();
    state = { dbSize: 10, isFull: false };
    const client = {
      maintenance: {
        alarm: async () => ({ alarms: state.isFull ? [{ memberID: '1', alarm: 'Nospace' }] : [] }),
        status: async () => ({ dbSize: String(state.dbSize) }),
      },
    } as unknown as Etcd3;
    const endpoints = { address: 'etcd:2379', read: (call: (of: Etcd3, options: object) => unknown) => Promise.resolve(call(client, {})) } as unknown as Endpoints;
    space = new Space({ endpoints, clock, logger, closing: closing.signal, quotaBytes: 100 });
    running = space.run();
  });
  afterEach(async () => {
    closing.abort();
    await running;
    expect(clock.pendingTimers).toBe(0);
  });
  const said = (): string[] => logger.lines.map(({ level, message }) => `${level}: ${message}`);

  it('is no news while there is enough', async () => {
    await clock.advance(600_000);
    expect(space.fault).toBeNull();
    expect(said()).toEqual([]);
  });

  it('is warned of from 80 % of the quota on, once, and again when more of it is used', async () => {
    state.dbSize = 81;
    await clock.advance(600_000);
    expect(said()).toEqual([expect.stringContaining('warn: etcd at etcd:2379 uses 81 % of its quota')]);
    state.dbSize = 91;
    await clock.advance(600_000);
    expect(said()).toHaveLength(2);
  });

  it('is a fault as soon as a write is refused for want of it, and none when the alarm is gone', async () => {
    await clock.advance(0);
    state.isFull = true;
    space.failed(new StoreError('FULL', 'no space'));
    expect(space.fault).toMatchObject({ code: 'FULL' });
    await clock.advance(10_000);
    expect(space.fault).not.toBeNull();
    state.isFull = false;
    await clock.advance(2_000);
    expect(space.fault).toBeNull();
    expect(said()).toEqual([expect.stringContaining('error: etcd has no space left'), 'info: etcd takes writes again']);
  });

  it('is a fault also when somebody else filled it', async () => {
    state.isFull = true;
    await clock.advance(60_000);
    expect(space.fault).toMatchObject({ code: 'FULL' });
  });

  it('has nothing to do with writes that failed otherwise', async () => {
    space.failed(new StoreError('UNAVAILABLE', 'away'));
    await clock.advance(0);
    expect(space.fault).toBeNull();
  });
});
