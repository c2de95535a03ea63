import type { Clock } from '../base/clock';
import { sleep } from '../base/clock';
import { linkAbort } from '../base/abort';
import type { Identity } from '../base/identity';
import type { Logger } from '../base/logger';
import { StoreError, isStoreError } from '../errors/store-error';
import { BoundedStore } from './bounded-store';
import type { Key, LeaseId, Store } from './store/store';

export interface PostOptions {
  /** One that several servers share. */
  readonly store: Store;
  /** The world's time. */
  readonly clock: Clock;
  readonly identity: Pick<Identity, 'uid'>;
  readonly logger: Logger;
}

export interface Respondent {
  /** Whether this server can answer what is addressed so. At most one of all servers should. */
  readonly isHere: (address: string) => boolean;
  readonly answer: (address: string, question: string, signal: AbortSignal) => Promise<string>;
}

/** Outside the prefix of objects: no cache hears of it. */
const questions: Key = '/post/questions/';
const answers: Key = '/post/answers/';
/** Both letters go with it, whatever becomes of who wrote them. */
const leaseSeconds = 15;
const mostAtATime = 64;
const retryPause = 500;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Letters between the servers of one store, for the rare question that only another server can answer (which one is not
 * known). They lie in the store for as long as the question is open: servers need no way to reach each other, and no
 * address, certificate or token for it. Not for what is frequent: each letter is a write.
 */
export class Post {
  private readonly calls: BoundedStore;

  constructor(private readonly options: PostOptions) {
    this.calls = new BoundedStore(options.store, options.clock);
  }

  /** The answer of the server where that address is. StoreError TIMEOUT when none answered in time, UNAVAILABLE when the signal aborted. */
  async ask(address: string, question: string, how: { readonly milliseconds: number; readonly signal: AbortSignal }): Promise<string> {
    const { store, clock, identity } = this.options;
    const id = identity.uid();
    const link = linkAbort(how.signal);
    const timer = clock.after(how.milliseconds, link.end);
    let lease: LeaseId | null = null;
    try {
      lease = (await this.calls.grantLease(leaseSeconds)).id;
      const { revision } = await this.calls.create(`${questions}${address}/${id}`, encoder.encode(question), { lease });
      for await (const { events } of store.watch(answers + id, { after: revision, signal: link.signal })) {
        const item = events.find((event) => event.type === 'put')?.item;
        if (item) return decoder.decode(item.value);
      }
      throw new StoreError(how.signal.aborted ? 'UNAVAILABLE' : 'TIMEOUT', `no server answered for ${address}`);
    } finally {
      timer.cancel();
      link.end();
      if (lease !== null) this.tidy(lease);
    }
  }

  /** Answers what others ask, until the signal aborts. A question that is missed is asked again by whoever needs it. */
  async serve(respondent: Respondent, signal: AbortSignal): Promise<void> {
    const { store, clock, logger } = this.options;
    let atWork = 0;
    while (!signal.aborted) {
      try {
        const after = await this.calls.currentRevision();
        for await (const { events } of store.watch(questions, { after, signal })) {
          for (const { type, key, item } of events) {
            const [address, id] = key.slice(questions.length).split('/');
            if (type !== 'put' || !item?.lease || !address || !id || !respondent.isHere(address) || atWork >= mostAtATime) continue;
            atWork += 1;
            void this.reply({ address, id, lease: item.lease, question: decoder.decode(item.value) }, respondent, signal).finally(() => (atWork -= 1));
          }
        }
      } catch (error) {
        // A fault of ours must not end the post in silence.
        if (!isStoreError(error)) throw error;
        if (error.code === 'CLOSED') return;
        logger.debug('letters of other servers cannot be read now; trying again', { error });
        await sleep(clock, retryPause, signal);
      }
    }
  }

  private async reply(letter: { address: string; id: string; lease: LeaseId; question: string }, respondent: Respondent, signal: AbortSignal): Promise<void> {
    try {
      const answer = await respondent.answer(letter.address, letter.question, signal);
      await this.calls.create(answers + letter.id, encoder.encode(answer), { lease: letter.lease });
    } catch (error) {
      this.options.logger.debug('a letter of another server was not answered', { address: letter.address, error });
    }
  }

  private tidy(lease: LeaseId): void {
    // Else the lease runs out by itself.
    this.calls.revokeLease(lease).catch(() => undefined);
  }
}
