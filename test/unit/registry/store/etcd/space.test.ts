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
  /** What etcd would say; the other is a member that is asked for nothing but its size. */
  let state: { dbSize: number; isFull: boolean; other: number | null };

  beforeEach(() => {
    clock = new FakeClock();
    logger = new RecordingLogger();
    closing = new AbortController();
    state = { dbSize: 10, isFull: false, other: 10 };
    const client = {
      maintenance: {
        alarm: async () => ({ alarms: state.isFull ? [{ memberID: '1', alarm: 'Nospace' }] : [] }),
      },
    } as unknown as Etcd3;
    const each = async (): Promise<object[]> => [
      { address: 'etcd:2379', result: { status: 'fulfilled', value: { dbSize: String(state.dbSize) } } },
      { address: 'other:2379', result: state.other === null ? { status: 'rejected', reason: 'away' } : { status: 'fulfilled', value: { dbSize: String(state.other) } } },
    ];
    const endpoints = { each, read: (call: (of: Etcd3, options: object) => unknown) => Promise.resolve(call(client, {})) } as unknown as Endpoints;
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
    expect(said()).toEqual([expect.stringContaining('warn: etcd at etcd:2379 uses 81 % of its quota of 100 bytes')]);
    state.dbSize = 91;
    await clock.advance(600_000);
    expect(said()).toHaveLength(2);
    state.dbSize = 50;
    await clock.advance(5_000);
    state.dbSize = 80;
    await clock.advance(5_000);
    expect(said()).toHaveLength(3);
  });

  it('is warned of within five seconds', async () => {
    await clock.advance(1_000);
    state.dbSize = 80;
    await clock.advance(5_000);
    expect(said()).toHaveLength(1);
  });

  it('is warned of whichever member it is, also while another is away', async () => {
    state.other = 85;
    await clock.advance(600_000);
    expect(said()).toEqual([expect.stringContaining('warn: etcd at other:2379 uses 85 %')]);
    state.other = null;
    state.dbSize = 86;
    await clock.advance(600_000);
    expect(said().slice(1)).toEqual([expect.stringContaining('warn: etcd at etcd:2379 uses 86 %')]);
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
