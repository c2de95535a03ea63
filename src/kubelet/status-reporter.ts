import { backoffDelay } from '../base/backoff';
import type { Clock } from '../base/clock';
import { sleep } from '../base/clock';
import type { Identity } from '../base/identity';
import type { Logger } from '../base/logger';
import type { Pod, PodStatus } from '../api/pod';
import type { ControlPlaneClient } from '../client/client';
import type { PodStatusUpdateResult } from '../client/operations/pod-statuses';
import { mostStatusesPerCall, toPodStatusInput, updatePodStatuses } from '../client/operations/pod-statuses';
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
  /** What was sent from here lately: seeing one of these come back is no news. */
  sent: readonly string[];
}

const retryPolicy = { initial: 200, max: 10_000, jitter: 0.5 };
const echoesKept = 8;

/**
 * Tells the API about pods. It holds one status per pod, the latest: what could not be sent is not queued but replaced.
 * What is due at one moment goes in one call; it is sent again until it is taken.
 */
export class StatusReporter {
  private readonly entries = new Map<string, Entry>();
  private readonly wakeUp: WakeUp;

  constructor(private readonly options: StatusReporterOptions) {
    this.wakeUp = new WakeUp(options.clock);
  }

  /** `pod` is as the API shows it; `status` is what it should have. Sent only if the API does not have it. */
  report(pod: Pod, status: PodStatus): void {
    const { namespace, name, uid } = pod;
    const entry = this.entries.get(uid) ?? { namespace, name, uid, status, wanted: '', accepted: null, seen: null, sent: [] };
    this.entries.set(uid, entry);
    const seen = statusKey(pod.status);
    const wanted = statusKey(status);
    const isNews = seen !== entry.seen || wanted !== entry.wanted;
    if (seen !== entry.seen && !entry.sent.includes(seen)) entry.accepted = { key: seen, status: pod.status };
    Object.assign(entry, { seen, wanted, status });
    if (isDue(entry)) this.wakeUp.wake();
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
    let failures = 0;
    while (!signal.aborted) {
      const due = [...this.entries.values()].filter(isDue).slice(0, mostStatusesPerCall);
      if (due.length === 0) {
        await this.wakeUp.rest(null, signal);
        continue;
      }
      try {
        const refused = await this.send(due);
        failures = refused ? failures + 1 : 0;
      } catch (error) {
        failures += 1;
        logger[failures === 1 ? 'warn' : 'debug']('cannot report the status of pods; trying again', { pods: due.length, failures, error });
      }
      if (failures > 0) await sleep(clock, backoffDelay(retryPolicy, failures, identity.random()), signal);
    }
  }

  /** True if the API refused one for a reason that may pass. */
  private async send(due: readonly Entry[]): Promise<boolean> {
    const { client, nodeName } = this.options;
    const sending = due.map((entry) => ({ entry, key: entry.wanted, status: entry.status, before: entry.accepted }));
    const statuses = sending.map(({ entry: { namespace, name, uid }, status }) => ({ namespace, name, uid, status: toPodStatusInput(status) }));
    for (const { entry, key } of sending) entry.sent = [...entry.sent, key].slice(-echoesKept);
    const { updatePodStatuses: answer } = await client.mutate(updatePodStatuses, { input: { nodeName, statuses } });
    const results = new Map(answer.results.map((result) => [result.uid, result]));
    return sending.map((one) => this.settle(one, results.get(one.entry.uid))).includes('refused');
  }

  private settle(
    { entry, key, status, before }: { entry: Entry; key: string; status: PodStatus; before: Entry['accepted'] },
    result: PodStatusUpdateResult | undefined,
  ): 'taken' | 'gone' | 'refused' {
    const { namespace, name, uid } = entry;
    if (result?.code === 'NOT_FOUND') {
      // The informer will say so too; until then there is nobody to tell. By now the uid may be another pod's.
      if (this.entries.get(uid) === entry) this.forget(uid);
      return 'gone';
    }
    if (!result || result.code !== null) {
      this.options.logger.error('the API refused the status of a pod', { kind: 'Pod', namespace, name, uid, code: result?.code, reason: result?.message });
      return 'refused';
    }
    // Somebody else's status was seen meanwhile. Which came last is not known: what was seen stands, and is overwritten if need be.
    if (entry.accepted !== before) return 'taken';
    entry.accepted = { key, status };
    if (entry.wanted === key) this.options.onAccepted(uid);
    return 'taken';
  }
}

function isDue(entry: Entry): boolean {
  return entry.accepted?.key !== entry.wanted;
}
