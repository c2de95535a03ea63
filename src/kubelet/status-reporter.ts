import { backoffDelay } from '../base/backoff';
import type { Clock } from '../base/clock';
import { sleep } from '../base/clock';
import type { Identity } from '../base/identity';
import type { Logger } from '../base/logger';
import type { Pod, PodStatus } from '../api/pod';
import { callBatch, mostBytesPerCall } from '../client/call-batch';
import type { ControlPlaneClient } from '../client/client';
import type { PodStatusUpdateInput, PodStatusUpdateResult } from '../client/operations/pod-statuses';
import { mostStatusesPerCall, toPodStatusInput, updatePodStatuses } from '../client/operations/pod-statuses';
import { isApiError } from '../errors/api-error';
import type { ErrorCode } from '../errors/codes';
import { statusKey } from './status';
import { WakeUp } from './wake-up';

export interface StatusReporterOptions {
  readonly client: ControlPlaneClient;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
  /** Called when the API has taken a pod's latest status. */
  readonly onAccepted: (uid: string) => void;
}

interface Entry {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  status: PodStatus;
  wanted: string;
  /** What the API has, as far as known here. */
  accepted: { readonly key: string; readonly status: PodStatus } | null;
  /** The API's status when it was last looked at. */
  seen: string | null;
  /** What was sent from here lately and has not come back yet: to see the next of these is no news. */
  sent: readonly string[];
  /** How often in a row the API refused it, and until when it is therefore not sent: a moment on the monotonic clock. */
  refusals: number;
  heldUntil: number;
}

/** One status on its way: what was known when it was sent. */
interface Sending {
  readonly entry: Entry;
  readonly key: string;
  readonly status: PodStatus;
  readonly before: Entry['accepted'];
  readonly input: PodStatusUpdateInput;
}

const retryPolicy = { initial: 200, max: 10_000, jitter: 0.5 };
const echoesKept = 8;
/** A whole call refused so may be so for one status in it. */
const dueToContent: readonly ErrorCode[] = ['REQUEST_TOO_LARGE', 'BAD_USER_INPUT', 'INTERNAL_SERVER_ERROR'];

/**
 * Tells the API about pods. It holds one status per pod, the latest: what could not be sent is not queued but replaced.
 * What is due at one moment goes in one call, as far as one call may be large; it is sent again until it is taken. A status that
 * is refused waits by itself, longer each time: no pod keeps the API from hearing of another.
 */
export class StatusReporter {
  private readonly entries = new Map<string, Entry>();
  private readonly wakeUp: WakeUp;
  /** Statuses in one call: fewer after a call that was refused for one of them, until it is found. */
  private mostPerCall = mostStatusesPerCall;

  constructor(private readonly options: StatusReporterOptions) {
    this.wakeUp = new WakeUp(options.clock);
  }

  /** `pod` is as the API shows it; `status` is what it should have. Sent only if the API does not have it. */
  report(pod: Pod, status: PodStatus): void {
    const { namespace, name, uid } = pod;
    const entry = this.entries.get(uid) ?? { namespace, name, uid, status, wanted: '', accepted: null, seen: null, sent: [], refusals: 0, heldUntil: 0 };
    this.entries.set(uid, entry);
    const seen = statusKey(pod.status);
    const wanted = statusKey(status);
    const isNews = seen !== entry.seen || wanted !== entry.wanted;
    if (seen !== entry.seen) this.recognise(entry, { key: seen, status: pod.status });
    // Another status may be taken where the last was not.
    if (wanted !== entry.wanted) entry.heldUntil = 0;
    Object.assign(entry, { seen, wanted, status });
    if (isUnsent(entry)) this.wakeUp.wake();
    else if (isNews) this.options.onAccepted(uid);
  }

  /** The last status that the API is known to have; null: none. */
  acceptedStatus(uid: string): PodStatus | null {
    return this.entries.get(uid)?.accepted?.status ?? null;
  }

  forget(uid: string): void {
    this.entries.delete(uid);
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, identity, logger } = this.options;
    for (let failures = 0; !signal.aborted; ) {
      const batch = this.nextBatch();
      if (batch.length === 0) {
        await this.wakeUp.rest(this.untilNext(), signal);
        continue;
      }
      try {
        await this.send(batch);
        failures = 0;
        this.mostPerCall = Math.min(this.mostPerCall * 2, mostStatusesPerCall);
      } catch (error) {
        if (isApiError(error) && dueToContent.includes(error.code)) {
          this.narrow(batch, error);
          continue;
        }
        failures += 1;
        logger[failures === 1 ? 'warn' : 'debug']('cannot report the status of pods; trying again', { pods: batch.length, failures, error });
        await sleep(clock, backoffDelay(retryPolicy, failures, identity.random()), signal);
      }
    }
  }

  /** What was sent from here comes back once, in the order in which it was sent; anything else is somebody's, also what is older than what was sent. */
  private recognise(entry: Entry, seen: { readonly key: string; readonly status: PodStatus }): void {
    const echo = entry.sent.lastIndexOf(seen.key);
    if (echo === -1) entry.accepted = seen;
    else entry.sent = entry.sent.slice(echo + 1);
  }

  private nextBatch(): readonly Sending[] {
    const now = this.options.clock.monotonic();
    const due = [...this.entries.values()].filter((entry) => isUnsent(entry) && entry.heldUntil <= now).slice(0, this.mostPerCall);
    const inputs = due.map(({ namespace, name, uid, status }) => ({ namespace, name, uid, status: toPodStatusInput(status) }));
    const together = callBatch(inputs, { items: this.mostPerCall, bytes: mostBytesPerCall });
    return due.slice(0, together.length).map((entry, index) => ({ entry, key: entry.wanted, status: entry.status, before: entry.accepted, input: inputs[index]! }));
  }

  /** Until a refused one is to be tried again; null: there is none. */
  private untilNext(): number | null {
    const held = [...this.entries.values()].filter(isUnsent).map(({ heldUntil }) => heldUntil);
    return held.length === 0 ? null : Math.max(0, Math.min(...held) - this.options.clock.monotonic());
  }

  private async send(batch: readonly Sending[]): Promise<void> {
    const { client, nodeName } = this.options;
    for (const { entry, key } of batch) entry.sent = [...entry.sent, key].slice(-echoesKept);
    const { updatePodStatuses: answer } = await client.mutate(updatePodStatuses, { input: { nodeName, statuses: batch.map(({ input }) => input) } });
    const results = new Map(answer.results.map((result) => [result.uid, result]));
    for (const sending of batch) this.settle(sending, results.get(sending.entry.uid));
  }

  private settle({ entry, key, status, before }: Sending, result: PodStatusUpdateResult | undefined): void {
    const { uid } = entry;
    if (result?.code === 'NOT_FOUND') {
      // The informer will say so too; until then there is nobody to tell. By now the uid may be another pod's.
      if (this.entries.get(uid) === entry) this.forget(uid);
      return;
    }
    if (!result || result.code !== null) {
      this.hold(entry, key, { code: result?.code, reason: result?.message });
      return;
    }
    entry.refusals = 0;
    // Somebody else's status was seen meanwhile. Which came last is not known: what was seen stands, and is overwritten if need be.
    if (entry.accepted !== before) return;
    entry.accepted = { key, status };
    if (entry.wanted === key) this.options.onAccepted(uid);
  }

  /** Halves what goes together until the one is found that the server does not take. */
  private narrow(batch: readonly Sending[], error: unknown): void {
    const [first] = batch;
    if (batch.length > 1) this.mostPerCall = Math.ceil(batch.length / 2);
    else if (first) this.hold(first.entry, first.key, { error });
  }

  private hold(entry: Entry, key: string, why: { readonly code?: ErrorCode | null; readonly reason?: string | null; readonly error?: unknown }): void {
    const { clock, identity, logger } = this.options;
    const { namespace, name, uid } = entry;
    entry.refusals += 1;
    // Once per refusal that lasts, not once per try.
    logger[entry.refusals === 1 ? 'error' : 'debug']('the API refused the status of a pod; trying again', { kind: 'Pod', namespace, name, uid, ...why });
    if (entry.wanted === key) entry.heldUntil = clock.monotonic() + backoffDelay(retryPolicy, entry.refusals, identity.random());
  }
}

function isUnsent(entry: Entry): boolean {
  return entry.accepted?.key !== entry.wanted;
}
