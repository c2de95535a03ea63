import type { WebSocket } from 'ws';
import type { Clock, Timer } from '../base/clock';

/** As often as the server looks after its clients. */
export const beatMilliseconds = 12_000;

/**
 * Notices that a connection is dead of which nobody says so: a firewall or a router on the way forgot it. From beat to beat
 * something must have come, if only the answer to a ping; else it is dead, once.
 */
export class SocketPulse {
  private timer: Timer;
  private wasHeard = true;

  constructor(
    private readonly socket: WebSocket,
    private readonly clock: Clock,
    private readonly onDead: () => void,
  ) {
    for (const sign of ['message', 'ping', 'pong'] as const) socket.on(sign, this.hear);
    this.timer = clock.after(beatMilliseconds, this.beat);
  }

  /** Idempotent. */
  stop(): void {
    this.timer.cancel();
    for (const sign of ['message', 'ping', 'pong'] as const) this.socket.off(sign, this.hear);
  }

  private readonly hear = (): void => {
    this.wasHeard = true;
  };

  private readonly beat = (): void => {
    if (!this.wasHeard) {
      this.stop();
      this.onDead();
      return;
    }
    this.wasHeard = false;
    if (this.socket.readyState === this.socket.OPEN) this.socket.ping();
    this.timer = this.clock.after(beatMilliseconds, this.beat);
  };
}
