import { chmodSync, writeFileSync } from 'node:fs';

export const rootToken = 'root-secret-0123456789';

/** Of a NODE caller that acts for the node of that name. */
export function nodeToken(nodeName: string): string {
  return `node-secret-of-${nodeName}-0123456789`;
}

/** A server's token file: an ADMIN, and a kubelet for each node. */
export function writeTokenFile(path: string, nodeNames: readonly string[]): void {
  const lines = [`- { name: root, token: ${rootToken}, roles: [ADMIN] }`, ...nodeNames.map((name) => `- { name: ${name}, token: ${nodeToken(name)}, roles: [NODE] }`)];
  writeFileSync(path, `${lines.join('\n')}\n`);
  chmodSync(path, 0o600);
}
