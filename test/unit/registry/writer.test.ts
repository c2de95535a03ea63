import { systemIdentity } from '../../../src/base/identity';
import type { Registries } from '../../../src/registry';
import { StoreError } from '../../../src/errors/store-error';
import { openMemoryStore } from '../../../src/registry/store/memory/store';
import type { Store, WriteResult } from '../../../src/registry/store/store';
import { FakeClock } from '../../support/fake-clock';
import { aPodDraft, openRegistries } from '../../support/registries';

type Intruder = () => Promise<unknown>;
const ref = { namespace: 'default', name: 'web' };
const lostAnswer = new StoreError('UNAVAILABLE', 'the answer was lost', { outcome: 'unknown' });

/** A store whose next writes are not done, or done only after somebody else's; the answer is lost either way. */
class LosingStore {
  /** One entry per lost call. */
  readonly losses: { readonly before?: Intruder; readonly applied: boolean; readonly after?: Intruder; readonly error?: StoreError }[] = [];
  /** What was lost without being applied is applied before the next one. */
  late = false;
  readonly store: Store;
  writes = 0;

  constructor(inner: Store) {
    let underWay: (() => Promise<WriteResult>) | undefined;
    const lose = async (act: () => Promise<WriteResult>): Promise<WriteResult> => {
      this.writes += 1;
      if (this.late) await underWay?.();
      const loss = this.losses.shift();
      if (!loss) return act();
      if (!loss.applied) underWay = act;
      await loss.before?.();
      if (loss.applied) await act();
      await loss.after?.();
      throw loss.error ?? lostAnswer;
    };
    const verbs: Pick<Store, 'create' | 'update' | 'delete'> = {
      create: (...call) => lose(() => inner.create(...call)),
      update: (...call) => lose(() => inner.update(...call)),
      delete: (...call) => lose(() => inner.delete(...call)),
    };
    this.store = new Proxy(inner, {
      get(target, member: keyof Store) {
        if (member === 'create' || member === 'update' || member === 'delete') return verbs[member];
        const value = target[member];
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }
}

describe('a write whose answer is lost (D5)', () => {
  let inner: Store;
  let losing: LosingStore;
  let registries: Registries;
  /** Another server on the same store. */
  let other: Registries;
  const closes: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    const clock = new FakeClock();
    inner = await openMemoryStore({ clock });
    losing = new LosingStore(inner);
    const mine = await openRegistries({ clock, store: losing.store, identity: systemIdentity });
    const theirs = await openRegistries({ clock, store: inner, identity: systemIdentity });
    registries = mine.registries;
    other = theirs.registries;
    closes.push(() => mine.close(), () => theirs.close(), () => inner.close());
  });
  afterEach(async () => {
    for (const close of closes.splice(0)) await close();
  });

  const label = (value: string, from = registries) => from.pods.update(ref, (pod) => ({ ...pod, labels: { value } }));
  const versionsOf = async (): Promise<number | undefined> => (await inner.get('/registry/pods/default/web')).item?.version;

  it('update that did not happen is tried once more, and happens once', async () => {
    await registries.pods.create(aPodDraft('web'));
    losing.losses.push({ applied: false });
    expect((await label('mine')).labels).toEqual({ value: 'mine' });
    expect(await versionsOf()).toBe(2);
  });

  it('update that happened is not done again', async () => {
    await registries.pods.create(aPodDraft('web'));
    losing.losses.push({ applied: true });
    expect((await label('mine')).labels).toEqual({ value: 'mine' });
    expect(await versionsOf()).toBe(2);
  });

  it('update that never gets through says that its outcome is unknown', async () => {
    await registries.pods.create(aPodDraft('web'));
    losing.losses.push({ applied: false }, { applied: false });
    await expect(label('mine')).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
    expect(losing.writes).toBe(3);
  });

  it('update after which somebody else wrote cannot be told, and is not repeated on top of theirs', async () => {
    await registries.pods.create(aPodDraft('web'));
    losing.losses.push({ applied: true, after: () => label('theirs', other) });
    await expect(label('mine')).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
    expect((await registries.pods.get(ref)).labels).toEqual({ value: 'theirs' });
  });

  it('create that did not happen says that its outcome is unknown, and can be sent again with its uid', async () => {
    const draft = aPodDraft('web', { uid: 'a3a1f2de-3f2b-4a55-9d0b-0f2f6f1f2b10' });
    losing.losses.push({ applied: false });
    await expect(registries.pods.create(draft)).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
    expect((await registries.pods.create(draft)).uid).toBe(draft.uid);
  });

  it('create that met another\'s object is ALREADY_EXISTS', async () => {
    await other.pods.create(aPodDraft('web'));
    await expect(registries.pods.create(aPodDraft('web'))).rejects.toMatchObject({ code: 'ALREADY_EXISTS', outcome: 'notApplied' });
  });

  it('create after which there is another\'s object cannot be told: ours may have been there, or be under way', async () => {
    const replace = async (): Promise<void> => {
      await other.pods.delete(ref);
      await other.pods.create(aPodDraft('web'));
    };
    losing.losses.push({ applied: true, after: replace });
    await expect(registries.pods.create(aPodDraft('web'))).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
  });

  it('update that did not happen is done on top of what another wrote instead', async () => {
    await registries.pods.create(aPodDraft('web'));
    losing.losses.push({ applied: false, after: () => label('theirs', other) });
    expect((await label('mine')).labels).toEqual({ value: 'mine' });
    expect(await versionsOf()).toBe(3);
  });

  it('update is not taken for the same one of another', async () => {
    const { resourceVersion } = await registries.pods.create(aPodDraft('web'));
    const swap = (from: Registries) => from.pods.update(ref, (pod) => ({ ...pod, labels: { count: '1' } }), { preconditions: { resourceVersion } });
    losing.losses.push({ applied: false, after: () => swap(other) });
    await expect(swap(registries)).rejects.toMatchObject({ code: 'CONFLICT', outcome: 'notApplied' });
  });

  it('update that arrives late, before its repetition, is recognised', async () => {
    const { resourceVersion } = await registries.pods.create(aPodDraft('web'));
    losing.losses.push({ applied: false });
    losing.late = true;
    const updated = await registries.pods.update(ref, (pod) => ({ ...pod, labels: { count: '1' } }), { preconditions: { resourceVersion } });
    expect(updated.labels).toEqual({ count: '1' });
    expect(await versionsOf()).toBe(2);
  });

  it('update that may still be under way is unknown, although its repetition was refused', async () => {
    await registries.pods.create(aPodDraft('web'));
    losing.losses.push({ applied: false }, { applied: false, error: new StoreError('UNAVAILABLE', 'not sent') });
    await expect(label('mine')).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
  });

  it('delete that arrives late, before its repetition, is done', async () => {
    await registries.pods.create(aPodDraft('web'));
    losing.losses.push({ applied: false });
    losing.late = true;
    await registries.pods.delete(ref);
    expect((await inner.get('/registry/pods/default/web')).item).toBeNull();
  });

  it('delete that did not happen is done', async () => {
    await registries.pods.create(aPodDraft('web'));
    losing.losses.push({ applied: false });
    await registries.pods.delete(ref);
    expect((await inner.get('/registry/pods/default/web')).item).toBeNull();
  });

  it('delete never takes a new object of that name for the one that was meant', async () => {
    await registries.pods.create(aPodDraft('web'));
    let successor = '';
    const replace = async (): Promise<void> => {
      successor = (await other.pods.create(aPodDraft('web'))).uid;
    };
    losing.losses.push({ applied: true, after: replace });
    await registries.pods.delete(ref);
    expect((await registries.pods.get(ref)).uid).toBe(successor);
  });
});

describe('a write that keeps losing against others', () => {
  it('ends after a bounded number of rounds, and says that nothing was changed', async () => {
    const clock = new FakeClock();
    const inner = await openMemoryStore({ clock });
    const theirs = await openRegistries({ clock, store: inner });
    let contended = 0;
    const busy = new Proxy(inner, {
      get(target, member: keyof Store) {
        if (member === 'update') {
          return async (...call: Parameters<Store['update']>) => {
            contended += 1;
            await theirs.registries.pods.updateStatus(ref, (pod) => ({ ...pod, status: { ...pod.status, message: String(contended) } }));
            return target.update(...call);
          };
        }
        const value = target[member];
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const mine = await openRegistries({ clock, store: busy });
    await mine.registries.pods.create(aPodDraft('web'));
    const work = mine.registries.pods.update(ref, (pod) => ({ ...pod, labels: { a: 'b' } }));
    await expect(work).rejects.toMatchObject({ code: 'SERVER_TIMEOUT', outcome: 'notApplied', retryable: true });
    expect(contended).toBeLessThan(100);
    await mine.close();
    await theirs.close();
    await inner.close();
  });
});
