import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { systemClock } from '../../src/base/clock';
import { silentLogger } from '../../src/base/logger';
import { createProcessRuntime } from '../../src/kubelet/runtime/process/process-runtime';
import type { ContainerConfig, ContainerRecord, SandboxConfig } from '../../src/kubelet/runtime/runtime';
import { ledger } from './ledger';

type Request = { readonly number: number } & (
  | { readonly verb: 'ensureSandbox'; readonly argument: SandboxConfig }
  | { readonly verb: 'create'; readonly argument: ContainerConfig }
  | { readonly verb: 'start' | 'inspect' | 'removeSandbox' | 'remove'; readonly argument: string }
  | { readonly verb: 'stop'; readonly argument: string; readonly graceSeconds: number }
  | { readonly verb: 'list'; readonly argument: null }
);

interface Answer {
  readonly number: number;
  readonly value?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

/** A process runtime in a process of its own, so that a test can kill it as a machine would: at any moment, without notice. */
export class RuntimeProcess {
  private next = 0;
  private readonly waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  private gone = false;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (answer: Answer) => this.settle(answer));
    child.once('exit', () => {
      this.gone = true;
      for (const { reject } of this.waiting.values()) reject(new Error('the process is gone'));
      this.waiting.clear();
    });
  }

  /** Rejects with the error of open(). */
  static async start(directory: string): Promise<RuntimeProcess> {
    ledger.recordRuntimeFolder(directory);
    const child = fork(__filename, ['serve', directory], { execArgv: ['--import', 'tsx'], stdio: 'inherit' });
    ledger.recordProcess(child.pid);
    const runtime = new RuntimeProcess(child);
    try {
      await new Promise<void>((resolve, reject) => runtime.waiting.set(-1, { resolve: () => resolve(), reject }));
      return runtime;
    } catch (error) {
      await runtime.kill();
      throw error;
    }
  }

  ensureSandbox = (sandbox: SandboxConfig) => this.call<unknown>({ verb: 'ensureSandbox', argument: sandbox });
  create = (config: ContainerConfig) => this.call<ContainerRecord>({ verb: 'create', argument: config });
  startContainer = (id: string) => this.call<unknown>({ verb: 'start', argument: id });
  stop = (id: string, graceSeconds: number) => this.call<unknown>({ verb: 'stop', argument: id, graceSeconds });
  inspect = (id: string) => this.call<ContainerRecord | null>({ verb: 'inspect', argument: id });
  list = () => this.call<readonly ContainerRecord[]>({ verb: 'list', argument: null });
  remove = (id: string) => this.call<unknown>({ verb: 'remove', argument: id });
  removeSandbox = (podUid: string) => this.call<unknown>({ verb: 'removeSandbox', argument: podUid });

  /** SIGKILL; resolves when it is dead. */
  async kill(): Promise<void> {
    if (this.gone) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }

  private call<T>(request: DistributiveOmit<Request, 'number'>): Promise<T> {
    if (this.gone) return Promise.reject(new Error('the process is gone'));
    const number = (this.next += 1);
    const answer = new Promise<unknown>((resolve, reject) => this.waiting.set(number, { resolve, reject }));
    this.child.send({ ...request, number });
    // The one cast: what the other side sends back is what its runtime answered.
    return answer as Promise<T>;
  }

  private settle({ number, value, error }: Answer): void {
    const waiting = this.waiting.get(number);
    this.waiting.delete(number);
    if (error) waiting?.reject(Object.assign(new Error(error.message), { code: error.code }));
    else waiting?.resolve(value);
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** The other side: serves the runtime to its parent until it is killed. */
async function serve(directory: string): Promise<void> {
  const runtime = createProcessRuntime({ directory, clock: systemClock, logger: silentLogger, images: 'host', nodeName: 'node-a' });
  const answer = (number: number, work: Promise<unknown>): Promise<void> =>
    work.then(
      (value) => void process.send?.({ number, value }),
      (error: Error & { code?: string }) => void process.send?.({ number, error: { code: error.code ?? '', message: error.message } }),
    );
  const perform = (request: Request): Promise<unknown> => {
    switch (request.verb) {
      case 'ensureSandbox':
        return runtime.ensureSandbox(request.argument);
      case 'create':
        return runtime.create(request.argument);
      case 'start':
      case 'inspect':
      case 'remove':
      case 'removeSandbox':
        return runtime[request.verb](request.argument);
      case 'stop':
        return runtime.stop(request.argument, request.graceSeconds);
      case 'list':
        return runtime.list();
    }
  };
  process.on('message', (request: Request) => void answer(request.number, perform(request)));
  process.on('disconnect', () => process.exit());
  await answer(-1, runtime.open());
}

const [, , role, directory] = process.argv;
if (role === 'serve' && directory !== undefined) void serve(directory);
