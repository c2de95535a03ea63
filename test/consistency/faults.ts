import { sleep, systemClock } from '../../src/base/clock';
import type { EtcdCluster } from '../support/etcd/etcd-cluster';
import type { Random } from './random';
import type { ServerSeat } from './server-seat';

/** Something that is done to the store or to a server, and for how many milliseconds. */
export interface PlannedFault {
  readonly what: string;
  readonly milliseconds: number;
  /** Until the next one, after all is well again. */
  readonly rest: number;
  begin(): Promise<void>;
  /** Resolves when all is well again. */
  heal(): Promise<void>;
}

export const memberFaults = ['kill', 'stop', 'isolate', 'kill two', 'stop two', 'compact'] as const;
export const serverFaults = ['kill', 'stop', 'stop for long', 'cut off', 'cut off from one member', 'freeze', 'lose replies', 'slow'] as const;

/** Of the store; one at a time, so that with pauses in between there is a majority again and again. */
export function drawMemberFault(random: Random, cluster: EtcdCluster, compact: () => Promise<void>): PlannedFault {
  const what = random.weighted<(typeof memberFaults)[number]>([['kill', 4], ['stop', 4], ['isolate', 4], ['kill two', 1], ['stop two', 1], ['compact', 2]]);
  const drawn = random.whole(0, cluster.size - 1);
  const wantsLeader = random.chance(0.5);
  const timing = { milliseconds: what === 'compact' ? 0 : random.whole(300, what.endsWith('two') ? 3_000 : 5_000), rest: random.whole(2_500, 6_000) };
  let hit: number[] = [];
  return {
    what: `member: ${what}`,
    ...timing,
    async begin() {
      if (what === 'compact') return compact();
      const first = (wantsLeader ? await cluster.leader() : undefined) ?? drawn;
      hit = what.endsWith('two') ? [first, (first + 1) % cluster.size] : [first];
      if (what === 'isolate') cluster.isolate(first);
      else for (const member of hit) await (what.startsWith('kill') ? cluster.kill(member) : cluster.pause(member));
    },
    async heal() {
      if (what === 'isolate') await cluster.rejoin();
      else if (what.startsWith('stop')) for (const member of hit) cluster.resume(member);
      else await Promise.all(hit.map((member) => cluster.restart(member)));
      await cluster.elected();
    },
  };
}

/** Of a server or its connections to the store. */
export function drawServerFault(random: Random, servers: readonly ServerSeat[]): PlannedFault {
  const what = random.weighted<(typeof serverFaults)[number]>([
    ['kill', 4], ['stop', 3], ['stop for long', 0.4], ['cut off', 3], ['cut off from one member', 3], ['freeze', 2], ['lose replies', 4], ['slow', 1],
  ]);
  const server = random.pick(servers);
  const one = random.whole(0, server.doors.length - 1);
  const doors = what === 'cut off from one member' ? server.doors.filter((_, index) => index === one) : server.doors;
  const latency = random.whole(20, 150);
  // Longer than the lease of the leader: another takes over while this one cannot notice.
  const milliseconds = what === 'stop for long' ? 18_000 : random.whole(200, what === 'lose replies' ? 2_500 : 5_000);
  return {
    what: `server: ${what}`,
    milliseconds,
    rest: random.whole(2_500, 6_000),
    async begin() {
      if (what === 'kill') return server.kill();
      if (what.startsWith('stop')) return server.signal('SIGSTOP');
      for (const door of doors) {
        if (what === 'freeze') door.freeze();
        else if (what === 'lose replies') door.dropReplies();
        else if (what === 'slow') door.delay(latency);
        else {
          door.refuse();
          door.cut();
        }
      }
    },
    async heal() {
      if (what === 'kill') await startAgain(server);
      else if (what.startsWith('stop')) server.signal('SIGCONT');
      else {
        // What was not let through never arrives.
        if (what === 'lose replies') for (const door of doors) door.cut();
        await Promise.all(doors.map((door) => door.pass()));
      }
      await server.healthy();
    },
  };
}

/** It may not get ready where the store has no majority for long. */
async function startAgain(server: ServerSeat): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await server.start();
    } catch (error) {
      if (tries === 3) throw error;
      await sleep(systemClock, 500);
    }
  }
}
