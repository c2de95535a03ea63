import { chmod, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TerminationMessagePolicy } from '../../../api/pod';
import type { Logger } from '../../../base/logger';
import { codeOf, orFault } from '../files';
import type { ContainerIdentity, ContainerRecord } from '../runtime';
import type { ContainerDetails, Engine } from './engine';
import { labelNames } from './labels';
import type { Layout } from './layout';
import { endFile } from './layout';
import { logLines } from './logs';

/** Kubernetes' limits (pkg/kubelet/container/runtime.go): of the file, and of the logs in its place. */
const mostBytes = 4096;
const mostLogBytes = 2048;
const mostLogLines = 80;

/** Termination messages: a file on this machine for each run, mounted at the container's terminationMessagePath. */
export class Ends {
  constructor(
    private readonly engine: Engine,
    private readonly layout: () => Layout,
    private readonly logger: Logger,
  ) {}

  /** The file, empty, for anybody to write into. */
  async prepare(identity: ContainerIdentity): Promise<string> {
    const path = endFile(this.layout(), identity);
    await orFault('the file of a termination message cannot be made', async () => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, '');
      await chmod(path, 0o666);
    });
    return path;
  }

  /** What the container says about its end; null when it says nothing, or nothing that can be read: how it ended is told all the same. */
  async messageOf(record: ContainerRecord, details: ContainerDetails): Promise<string | null> {
    const written = await this.written(record);
    if (written !== '') return written;
    const policy = details.Config.Labels[labelNames.termination] as TerminationMessagePolicy | undefined;
    if (policy !== 'FALLBACK_TO_LOGS_ON_ERROR' || !record.exit || record.exit.exitCode === 0) return null;
    return (await this.lastLines(record)) || null;
  }

  async forget(identity: ContainerIdentity): Promise<void> {
    await rm(endFile(this.layout(), identity), { force: true });
  }

  private async written({ id, identity }: ContainerRecord): Promise<string> {
    let file;
    try {
      file = await open(endFile(this.layout(), identity), 'r');
      // Kubernetes keeps the end of what is too long.
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read(Buffer.alloc(mostBytes), 0, mostBytes, Math.max(0, size - mostBytes));
      return buffer.toString('utf8', 0, bytesRead);
    } catch (error) {
      // Its owner may have closed it to us.
      if (codeOf(error) !== 'ENOENT') this.logger.warn('the termination message of a container cannot be read', { id, error });
      return '';
    } finally {
      await file?.close();
    }
  }

  private async lastLines({ id, identity }: ContainerRecord): Promise<string> {
    try {
      const lines = logLines(await this.engine.logs(id, mostLogLines), identity.attempt);
      return Buffer.from(lines.map(({ text }) => text).join('\n')).subarray(-mostLogBytes).toString('utf8');
    } catch (error) {
      this.logger.warn('the logs of a container, which are to say why it ended, cannot be read', { id, error });
      return '';
    }
  }
}
