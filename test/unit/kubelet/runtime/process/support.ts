import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep, systemClock } from '../../../../../src/base/clock';
import { silentLogger } from '../../../../../src/base/logger';
import type { ProcessRuntimeOptions } from '../../../../../src/kubelet/runtime/process/process-runtime';
import { createProcessRuntime } from '../../../../../src/kubelet/runtime/process/process-runtime';
import type { ContainerRuntime } from '../../../../../src/kubelet/runtime/runtime';
import { ledger } from '../../../../support/ledger';

export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'podql-process-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export async function openProcessRuntime(directory: string, more: Partial<ProcessRuntimeOptions> = {}): Promise<ContainerRuntime> {
  ledger.recordRuntimeFolder(directory);
  const runtime = createProcessRuntime({ directory, clock: systemClock, logger: silentLogger, images: 'host', nodeName: 'node-a', ...more });
  await runtime.open();
  return runtime;
}

/** Real processes take real time: asks until it holds. The deadline only turns a hang into a failure. */
export async function eventually(condition: () => Promise<boolean>): Promise<void> {
  const deadline = systemClock.monotonic() + 20_000;
  while (!(await condition())) {
    if (systemClock.monotonic() > deadline) throw new Error('it never became true');
    await sleep(systemClock, 5);
  }
}
