import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the range from which systems choose ports for outgoing connections. A port of that range may be taken by
// anybody while its server is down; a client that knocks at it often enough even gets connected to itself.
const lowest = 15_000;
const highest = 32_000;

/** A free port on loopback that stays free while its server is restarted. */
export async function lastingPort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(lowest, highest);
    if (await isFree(port)) return port;
  }
  throw new Error(`found no free port from ${lowest} to ${highest}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
