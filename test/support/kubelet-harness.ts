import type { Identity } from '../../src/base/identity';
import { silentLogger } from '../../src/base/logger';
import type { Kubelet, KubeletOptions } from '../../src/kubelet/kubelet';
import { createKubelet } from '../../src/kubelet/kubelet';
import type { FakeRuntime, FakeRuntimeOptions } from '../../src/kubelet/runtime/fake/fake-runtime';
import { createFakeRuntime } from '../../src/kubelet/runtime/fake/fake-runtime';
import type { FakeRuntimeState } from '../../src/kubelet/runtime/fake/state';
import { createFakeRuntimeState } from '../../src/kubelet/runtime/fake/state';
import { FakeClock, settle } from './fake-clock';
import { FakeControlPlane } from './fake-control-plane';

/** Every delay at its full length. */
export const steadyIdentity: Identity = { uid: () => 'uid', suffix: () => 'aaaaa', random: () => 1 };

/** One kubelet over the fake runtime, the fake clock and the fake control plane. */
export class KubeletHarness {
  readonly clock = new FakeClock();
  readonly api = new FakeControlPlane(this.clock);
  readonly state: FakeRuntimeState = createFakeRuntimeState();
  runtime: FakeRuntime;
  kubelet: Kubelet | undefined;
  private stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: Partial<KubeletOptions> = {},
    private readonly runtimeOptions: Omit<FakeRuntimeOptions, 'clock' | 'state'> = {},
  ) {
    this.runtime = this.newRuntime();
  }

  async start(): Promise<Kubelet> {
    this.stopping = new AbortController();
    this.kubelet = createKubelet({
      client: this.api,
      runtime: this.runtime,
      nodeName: 'node-a',
      clock: this.clock,
      identity: steadyIdentity,
      logger: silentLogger,
      version: '1.2.3',
      address: '10.0.0.7',
      capacity: { cpu: '4', memory: '8Gi', pods: 110 },
      ...this.options,
    });
    this.running = this.kubelet.run(this.stopping.signal);
    await this.quiet();
    return this.kubelet;
  }

  /** The kubelet ends; containers run on, and the next start has a runtime of its own over them. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.runtime = this.newRuntime();
  }

  /** Everything that can happen without time going by has happened. */
  async quiet(): Promise<void> {
    for (let turn = 0; turn < 12; turn += 1) await settle();
  }

  /** Time goes by in small steps, so that what one timer sets off is over before the next fires. */
  async pass(milliseconds: number, step = 50): Promise<void> {
    for (let left = milliseconds; left > 0; left -= step) {
      await this.clock.advance(Math.min(step, left));
      await settle();
    }
    await this.quiet();
  }

  private newRuntime(): FakeRuntime {
    return createFakeRuntime({ clock: this.clock, state: this.state, ...this.runtimeOptions });
  }
}
