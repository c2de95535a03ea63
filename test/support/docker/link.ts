import { execFileSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';

/** Of an engine's folder, bridge and cgroup: by it all that an engine leaves behind is found. Short: a link's name has 15 letters. */
export const newEngineName = (): string => `podql-${randomBytes(3).toString('hex')}`;

export const isEngineName = (name: string): boolean => /^podql-[0-9a-f]{6}$/.test(name);

export interface Bridge {
  /** The address of this machine in it: 10.x.y.1. */
  readonly gateway: string;
  /** 10.x.y.0/24 */
  readonly subnet: string;
}

/** A bridge with a subnet that nobody on this machine uses. */
export function addBridge(name: string): Bridge {
  const network = freeNetwork();
  ip('link', 'add', name, 'type', 'bridge');
  ip('addr', 'add', `${network}.1/24`, 'dev', name);
  ip('link', 'set', name, 'up');
  return { gateway: `${network}.1`, subnet: `${network}.0/24` };
}

/** Whether or not there is one. */
export function removeLink(name: string): void {
  if (isLink(name)) ip('link', 'del', name);
}

export const isLink = (name: string): boolean => existsSync(`/sys/class/net/${name}`);

function freeNetwork(): string {
  const used = `${ip('-o', 'addr')}\n${ip('route')}`;
  for (;;) {
    const network = `10.${randomInt(160, 250)}.${randomInt(0, 256)}`;
    if (!used.includes(` ${network}.`)) return network;
  }
}

/** busybox has one, so that no other package is needed. */
function ip(...args: string[]): string {
  const busybox = process.env.BUSYBOX_BIN;
  const [command, first] = busybox ? [busybox, ['ip']] : ['ip', []];
  return execFileSync(command, [...first, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
