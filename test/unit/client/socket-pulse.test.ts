import { EventEmitter } from 'node:events';
import { WebSocket } from 'ws';
import { beatMilliseconds, SocketPulse } from '../../../src/client/socket-pulse';
import { FakeClock } from '../../support/fake-clock';

let clock: FakeClock;
let socket: EventEmitter & { ping: jest.Mock };
let deaths: number;
let pulse: SocketPulse;

beforeEach(() => {
  clock = new FakeClock();
  socket = Object.assign(new EventEmitter(), { ping: jest.fn(), readyState: WebSocket.OPEN, OPEN: WebSocket.OPEN });
  deaths = 0;
  pulse = new SocketPulse(socket as unknown as WebSocket, clock, () => (deaths += 1));
});

describe('the pulse of a connection', () => {
  it.each(['message', 'ping', 'pong'])('goes on as long as a %s comes from beat to beat', async (sign) => {
    for (let beat = 1; beat <= 5; beat += 1) {
      await clock.advance(beatMilliseconds);
      expect(socket.ping).toHaveBeenCalledTimes(beat);
      socket.emit(sign);
    }
    expect(deaths).toBe(0);
  });

  it('is gone, once, when a ping is not answered until the next beat', async () => {
    await clock.advance(2 * beatMilliseconds - 1);
    expect(deaths).toBe(0);
    await clock.advance(1);
    expect(deaths).toBe(1);
    await clock.advance(10 * beatMilliseconds);
    expect(deaths).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves nothing behind when it is stopped', () => {
    pulse.stop();
    pulse.stop();
    expect(clock.pendingTimers).toBe(0);
    expect(socket.eventNames()).toEqual([]);
  });
});
