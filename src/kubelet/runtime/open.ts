import type { Clock } from '../../base/clock';
import type { Logger } from '../../base/logger';
import type { ImageRule } from './process/process-runtime';
import { createProcessRuntime } from './process/process-runtime';
import type { ContainerRuntime } from './runtime';
import { RuntimeError } from './runtime';

export const runtimeKinds = ['auto', 'process', 'docker', 'none'] as const;
export type RuntimeKind = (typeof runtimeKinds)[number];

export interface OpenRuntimeOptions {
  /** Where the runtime keeps what must survive us. */
  readonly directory: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For plain processes: which images may run. */
  readonly images: ImageRule;
  readonly nodeName: string;
}

/** The list of runtimes. An open runtime, or null for 'none'. Throws RuntimeError UNAVAILABLE when it cannot work here. */
export async function openRuntime(kind: RuntimeKind, options: OpenRuntimeOptions): Promise<ContainerRuntime | null> {
  switch (kind) {
    case 'none':
      return null;
    case 'docker':
      throw new RuntimeError('UNAVAILABLE', 'the docker runtime is not in this version: use --runtime=process');
    case 'auto':
    case 'process': {
      const runtime = createProcessRuntime(options);
      await runtime.open();
      return runtime;
    }
    default: {
      const unknown: never = kind;
      throw new RuntimeError('INVALID', `no runtime is called ${String(unknown)}`);
    }
  }
}
