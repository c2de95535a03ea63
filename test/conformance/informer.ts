import type { Pod } from '../../src/api/pod';
import type { Informer, ObjectChange } from '../../src/api/watch';

/** What a suite needs to drive one informer of pods, wherever it lives. All of it goes through the API's own rules. */
export interface InformerSubject {
  readonly informer: Informer<Pod>;
  create(name: string, labels?: Record<string, string>): Promise<Pod>;
  relabel(name: string, labels: Record<string, string>): Promise<Pod>;
  remove(name: string): Promise<void>;
  /** Resolves when the informer has seen everything written so far. */
  caughtUp(): Promise<void>;
  /** Cuts the informer off from its source. */
  cutOff(): Promise<void>;
  /** Lets it come back. */
  reconnect(): Promise<void>;
  /** While it is cut off: makes sure that it has to list again. */
  forgetHistory(): Promise<void>;
  close(): Promise<void>;
}

export interface InformerContractOptions {
  readonly name: string;
  /** `prepare` writes before the informer starts. */
  readonly create: (prepare?: (writes: Pick<InformerSubject, 'create'>) => Promise<void>) => Promise<InformerSubject>;
}

const shown = (change: ObjectChange<Pod>): string => `${change.type} ${change.object.name} ${Object.values(change.object.labels).join()}`.trim();

/** I1 to I8 of api/watch.ts. */
export function describeInformerContract({ name, create }: InformerContractOptions): void {
  describe(name, () => {
    let subject: InformerSubject;
    let changes: ObjectChange<Pod>[];

    const start = async (prepare?: (writes: Pick<InformerSubject, 'create'>) => Promise<void>): Promise<void> => {
      subject = await create(prepare);
      await subject.informer.synced;
    };
    const listen = (): void => {
      changes = [];
      subject.informer.subscribe((change) => changes.push(change));
    };
    afterEach(() => subject.close());

    it('holds everything once synced (I6)', async () => {
      await start(async (writes) => {
        for (const each of ['b', 'a', 'c']) await writes.create(each);
      });
      expect(subject.informer.lister.list().map((pod) => pod.name)).toEqual(['a', 'b', 'c']);
    });

    it('tells a handler the present first, then each change with what was before (I3)', async () => {
      await start((writes) => writes.create('a').then(() => undefined));
      listen();
      expect(changes.map(shown)).toEqual(['ADDED a']);
      const created = await subject.create('b');
      const changed = await subject.relabel('b', { app: 'x' });
      await subject.remove('b');
      await subject.caughtUp();
      expect(changes.map(shown)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED b x', 'DELETED b x']);
      expect(changes[1]?.previous).toBeNull();
      expect(changes[2]).toMatchObject({ object: changed, previous: created });
      expect(changes[3]?.object).toEqual(changed);
      const revisions = changes.slice(1).map((change) => change.revision);
      expect(revisions).toEqual([...revisions].sort((x, y) => x - y));
    });

    it('tells a handler that subscribed before it was synced the present, each object once', async () => {
      subject = await create(async (writes) => {
        await writes.create('a');
        await writes.create('b');
      });
      listen();
      await subject.informer.synced;
      await subject.caughtUp();
      expect(changes.map(shown)).toEqual(['ADDED a', 'ADDED b']);
    });

    it('has changed its cache before a handler runs (I1)', async () => {
      await start();
      const seen: (string | undefined)[] = [];
      subject.informer.subscribe(({ type, object }) => {
        const cached = subject.informer.lister.get('default', object.name);
        seen.push(type === 'DELETED' ? String(cached) : cached === object ? 'same' : 'other');
      });
      await subject.create('a');
      await subject.relabel('a', { app: 'x' });
      await subject.remove('a');
      await subject.caughtUp();
      expect(seen).toEqual(['same', 'same', 'undefined']);
    });

    it('finds by name and by uid, and forgets what was deleted', async () => {
      await start();
      const pod = await subject.create('a');
      await subject.caughtUp();
      const { lister } = subject.informer;
      expect(lister.get('default', 'a')).toEqual(pod);
      expect(lister.byUid(pod.uid)).toEqual(pod);
      expect(lister.list('default')).toEqual([pod]);
      expect(lister.list('other')).toEqual([]);
      await subject.remove('a');
      await subject.caughtUp();
      expect([lister.get('default', 'a'), lister.byUid(pod.uid), lister.list().length]).toEqual([undefined, undefined, 0]);
    });

    it('hands out frozen objects, and lists that never change', async () => {
      await start((writes) => writes.create('a').then(() => undefined));
      const list = subject.informer.lister.list();
      expect(Object.isFrozen(list[0])).toBe(true);
      expect(Object.isFrozen(list[0]?.spec.containers[0])).toBe(true);
      await subject.create('b');
      await subject.caughtUp();
      expect(list.map((pod) => pod.name)).toEqual(['a']);
    });

    it('goes on when a handler throws (I7)', async () => {
      await start();
      subject.informer.subscribe(() => {
        throw new Error('a broken handler');
      });
      listen();
      await subject.create('a');
      await subject.caughtUp();
      expect(changes.map(shown)).toEqual(['ADDED a']);
    });

    it('does not call a handler that left', async () => {
      await start();
      let called = 0;
      const leave = subject.informer.subscribe(() => {
        called += 1;
        leave();
      });
      await subject.create('a');
      await subject.create('b');
      await subject.caughtUp();
      expect(called).toBe(1);
    });

    it('takes up a lost connection where it was, and misses nothing (I8)', async () => {
      await start((writes) => writes.create('a').then(() => undefined));
      listen();
      for (let round = 0; round < 3; round += 1) {
        await subject.cutOff();
        await subject.relabel('a', { round: String(round) });
        await subject.create(`new-${round}`);
        await subject.reconnect();
        await subject.caughtUp();
      }
      expect(changes.map(shown)).toEqual([
        'ADDED a',
        ...[0, 1, 2].flatMap((round) => [`MODIFIED a ${round}`, `ADDED new-${round}`]),
      ]);
    });

    it('after history was lost tells only the differences (I2, I4)', async () => {
      await start(async (writes) => {
        for (const each of ['gone', 'kept', 'changed']) await writes.create(each);
      });
      listen();
      changes = [];
      await subject.cutOff();
      await subject.remove('gone');
      await subject.relabel('changed', { v: '1' });
      await subject.relabel('changed', { v: '2' });
      await subject.create('new');
      await subject.create('short-lived');
      await subject.remove('short-lived');
      await subject.forgetHistory();
      await subject.reconnect();
      await subject.caughtUp();
      expect(changes.map(shown).sort()).toEqual(['ADDED new', 'DELETED gone', 'MODIFIED changed 2']);
    });

    it('takes another uid under the same name for another object (I5)', async () => {
      await start();
      const first = await subject.create('a');
      await subject.caughtUp();
      listen();
      changes = [];
      await subject.cutOff();
      await subject.remove('a');
      const second = await subject.create('a');
      await subject.forgetHistory();
      await subject.reconnect();
      await subject.caughtUp();
      expect(changes.map(({ type, object }) => [type, object.uid])).toEqual([
        ['DELETED', first.uid],
        ['ADDED', second.uid],
      ]);
      expect(subject.informer.lister.byUid(first.uid)).toBeUndefined();
    });
  });
}
