import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { busyboxBinary } from './docker-binary';
import type { EngineApi } from './engine-api';
import { tarOf, type TarEntry } from './tar';

let image: Buffer | undefined;

/** A tar of a root file system of busybox, with a user 1000. Made once in a process; always the same bytes for the same busybox. */
export function busyboxImage(): Buffer {
  image ??= tarOf(entries());
  return image;
}

/** As `busybox:latest` and `busybox:1.36`. */
export async function importBusybox(api: EngineApi): Promise<void> {
  // One that has just started breaks off now and then, seen as EPIPE, before anything was imported.
  await api.importImage(busyboxImage(), 'busybox:latest').catch((error: unknown) => {
    process.emitWarning(`an engine did not take its first image, and is asked once more: ${String(error)}`);
    return api.importImage(busyboxImage(), 'busybox:latest');
  });
  await api.tag('busybox:latest', 'busybox:1.36');
}

function entries(): TarEntry[] {
  const busybox = busyboxBinary();
  if (busybox === undefined) throw new Error('no static busybox here; describe with describeWithDocker');
  const applets = execFileSync(busybox, ['--list-full'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  // The list has busybox itself: linked to itself it would lead nowhere.
  const links = applets.filter((path) => !path.endsWith('/busybox'));
  const folders = new Set(['bin', 'etc', 'root', 'home', 'home/user', 'dev', 'proc', 'sys', 'var', 'usr']);
  for (const path of links) path.split('/').slice(0, -1).forEach((_, index, parts) => folders.add(parts.slice(0, index + 1).join('/')));
  return [
    ...[...folders].sort().map((path): TarEntry => ({ path: `${path}/`, mode: 0o755, owner: path === 'home/user' ? 1000 : 0 })),
    { path: 'tmp/', mode: 0o1777 },
    { path: 'etc/passwd', mode: 0o644, data: Buffer.from('root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n') },
    { path: 'etc/group', mode: 0o644, data: Buffer.from('root:x:0:\nuser:x:1000:\n') },
    { path: 'bin/busybox', mode: 0o755, data: readFileSync(busybox) },
    ...links.map((path): TarEntry => ({ path, mode: 0o777, link: '/bin/busybox' })),
  ];
}
