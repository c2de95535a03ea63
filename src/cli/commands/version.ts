import { Command, Option } from 'commander';
import { systemClock } from '../../base/clock';
import { systemIdentity } from '../../base/identity';
import type { VersionRecord } from '../../base/version';
import { readVersion } from '../../base/version';
import type { Operation } from '../../client/client';
import { createHttpClient } from '../../client/http';
import { option } from '../options';

interface VersionFlags {
  readonly server?: string;
  readonly output: 'text' | 'json';
}

type ServerVersion = VersionRecord & { readonly schemaHash: string };

const serverVersion: Operation<{ readonly version: ServerVersion }, Record<string, never>> = {
  name: 'Version',
  document: 'query Version { version { major minor version gitCommit gitTreeState buildDate nodeVersion platform schemaHash } }',
};

export function versionCommand(): Command {
  return new Command('version')
    .description('Prints the version of this program, and of a server if one is named.')
    .addOption(option('--server <url>', 'also ask this server: http://HOST:PORT'))
    .addOption(option('--token <token>', 'for a server that wants one'))
    .addOption(new Option('-o, --output <form>', 'form of the output').choices(['text', 'json']).default('text'))
    .action(async (flags: VersionFlags & { token?: string }) => {
      const program = readVersion();
      const server = flags.server === undefined ? undefined : await ask(flags.server, flags.token);
      if (flags.output === 'json') {
        process.stdout.write(`${JSON.stringify({ program, ...(server ? { server } : {}) }, null, 2)}\n`);
        return;
      }
      process.stdout.write(versionText('podql', program));
      if (server) process.stdout.write(versionText('server', server));
    });
}

async function ask(url: string, token: string | undefined): Promise<ServerVersion> {
  const client = createHttpClient({ url, token, clock: systemClock, identity: systemIdentity, timeoutMilliseconds: 5_000 });
  try {
    return (await client.query(serverVersion, {})).version;
  } finally {
    await client.close();
  }
}

/** Pure. */
export function versionText(title: string, { version, gitCommit, gitTreeState, buildDate, nodeVersion, platform }: VersionRecord): string {
  const source = gitCommit === '' ? `built without git (${gitTreeState})` : `commit ${gitCommit} (${gitTreeState})`;
  return `${title} ${version}\n  ${source}\n  built ${buildDate}\n  Node.js ${nodeVersion}, ${platform}\n`;
}
