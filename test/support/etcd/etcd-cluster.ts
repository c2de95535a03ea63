import { rmSync } from 'node:fs';
import { eventually } from '../eventually';
import { lastingPort } from '../lasting-port';
import { TcpProxy } from '../tcp-proxy';
import { EtcdProcess, type EtcdOptions } from './etcd-process';

export interface EtcdClusterOptions extends Omit<EtcdOptions, 'ports' | 'member'> {
  /** Default 3. */
  readonly size?: number;
}

interface Member {
  readonly etcd: EtcdProcess;
  /** Between clients and this member. */
  readonly door: TcpProxy;
  /** Between the other members and this one. */
  readonly peerDoor: TcpProxy;
  readonly peerUrl: string;
}

/**
 * A cluster of real etcds on loopback. Clients may reach each member directly or through a proxy; the members reach each
 * other through proxies always, so that one of them can be cut off.
 */
export class EtcdCluster {
  private constructor(private readonly members: readonly Member[]) {}

  /** Resolves when every member is healthy. */
  static async start(options: EtcdClusterOptions = {}): Promise<EtcdCluster> {
    const { size = 3, ...common } = options;
    const places = await Promise.all(Array.from({ length: size }, choosePlace));
    const cluster = Object.fromEntries(places.map(({ peerUrl }, index) => [`member-${index}`, peerUrl]));
    const members = await Promise.all(
      places.map(async ({ ports, peerDoor, peerUrl }, index): Promise<Member> => {
        // Three busy members on few cores: an election in a tenth of a second would come for no other reason than that.
        const etcd = await EtcdProcess.prepare({ heartbeatInterval: 30, electionTimeout: 300, ...common, ports, member: { name: `member-${index}`, cluster } });
        return { etcd, door: await TcpProxy.start(ports.client), peerDoor, peerUrl };
      }),
    );
    const started = new EtcdCluster(members);
    try {
      await Promise.all(members.map(({ etcd }) => etcd.restart()));
      return started;
    } catch (error) {
      await started.stop();
      throw error;
    }
  }

  get size(): number {
    return this.members.length;
  }

  /** Of all members, directly. */
  get urls(): string[] {
    return this.members.map(({ etcd }) => etcd.url);
  }

  /** Of all members, through their proxies. */
  get proxiedUrls(): string[] {
    return this.members.map(({ etcd, door }) => etcd.url.replace(/\d+$/, `${door.port}`));
  }

  member(index: number): EtcdProcess {
    return this.at(index).etcd;
  }

  /** Between clients and this member, for those who use its proxied URL. */
  proxy(index: number): TcpProxy {
    return this.at(index).door;
  }

  async kill(index: number, signal?: NodeJS.Signals): Promise<void> {
    await this.member(index).kill(signal);
  }

  async pause(index: number): Promise<void> {
    await this.member(index).pause();
  }

  resume(index: number): void {
    this.member(index).resume();
  }

  /** Resolves when the member is healthy, for which a majority must be. */
  async restart(index: number): Promise<void> {
    await this.member(index).restart();
  }

  /** Ends all members, and starts them on what this does to their data, as docs/etcd.md tells an operator to restore a backup. */
  async restore(restoreMember: (member: { readonly name: string; readonly dataFolder: string; readonly peerUrl: string; readonly cluster: string }) => Promise<unknown>): Promise<void> {
    await Promise.all(this.members.map(({ etcd }) => etcd.kill('SIGTERM')));
    const cluster = this.members.map(({ peerUrl }, index) => `member-${index}=${peerUrl}`).join(',');
    for (const [index, { etcd, peerUrl }] of this.members.entries()) {
      rmSync(etcd.dataFolder, { recursive: true });
      await restoreMember({ name: `member-${index}`, dataFolder: etcd.dataFolder, peerUrl, cluster });
    }
    await Promise.all(this.members.map(({ etcd }) => etcd.restart()));
  }

  /** The leader by the word of a majority; undefined while there is none. */
  async leader(): Promise<number | undefined> {
    const voices = await Promise.all(this.members.map(({ etcd }) => voiceOf(etcd)));
    const heard = voices.map((voice) => voice?.leaderId).filter((id) => id !== undefined && id !== '0');
    const elected = heard.find((id) => heard.filter((other) => other === id).length * 2 > this.size);
    const index = voices.findIndex((voice) => voice?.memberId === elected);
    return elected === undefined || index < 0 ? undefined : index;
  }

  /** Waits until a leader is known to a majority; `not` says who it must not be any more. */
  async elected(options: { readonly not?: number } = {}): Promise<number> {
    let leader: number | undefined;
    await eventually(async () => {
      leader = await this.leader();
      return leader !== undefined && leader !== options.not;
    }, 'a leader');
    return leader!;
  }

  /** A member that does not lead. */
  async follower(): Promise<number> {
    return ((await this.elected()) + 1) % this.size;
  }

  /** The others neither hear this member nor does it hear them. Clients reach it as before. */
  isolate(index: number): void {
    const { peerDoor, peerUrl } = this.at(index);
    peerDoor.refuse();
    peerDoor.cut();
    for (const other of this.members) other.peerDoor.block(peerUrl);
  }

  /** Ends every isolation. */
  async rejoin(): Promise<void> {
    await Promise.all(this.members.map(({ peerDoor }) => peerDoor.pass()));
  }

  /** Ends all members, paused or not, and removes their data. */
  async stop(): Promise<void> {
    await Promise.all(this.members.map(({ etcd }) => etcd.stop()));
    for (const { door, peerDoor } of this.members) {
      door.stop();
      peerDoor.stop();
    }
  }

  private at(index: number): Member {
    const member = this.members[index];
    if (!member) throw new Error(`this cluster has no member ${index}, only 0 to ${this.size - 1}`);
    return member;
  }
}

async function choosePlace(): Promise<{ ports: { client: number; peer: number; metrics: number }; peerDoor: TcpProxy; peerUrl: string }> {
  const ports = { client: await lastingPort(), peer: await lastingPort(), metrics: await lastingPort() };
  const peerDoor = await TcpProxy.start(ports.peer, { sourceOf });
  return { ports, peerDoor, peerUrl: `http://127.0.0.1:${peerDoor.port}` };
}

/** Members say in every request for raft under which address they themselves are found. */
function sourceOf(chunk: Buffer): string | undefined {
  return /^x-peerurls: (\S+)/im.exec(chunk.toString('latin1'))?.[1];
}

/** What a member says of itself, soon or not at all. */
function voiceOf(etcd: EtcdProcess): Promise<{ memberId: string; leaderId: string } | undefined> {
  return etcd.gateway.status(500).catch(() => undefined);
}
