import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Engine } from '../../../../../src/kubelet/runtime/docker/engine';
import { eventually } from '../../../../support/eventually';
import { FakeClock } from '../../../../support/fake-clock';
import { temporaryFolder } from '../../../../support/temporary-folder';

describe('an engine that takes connections and answers when it is told to', () => {
  const clock = new FakeClock();
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: Server;
  let engine: Engine;
  let answersBegin = false;
  const held: ServerResponse[] = [];

  beforeEach(async () => {
    answersBegin = false;
    held.length = 0;
    folder = await temporaryFolder('engine');
    const socket = join(folder.path, 'docker.sock');
    server = createServer((request, response) => {
      request.resume();
      held.push(response);
      if (answersBegin) request.on('end', () => response.writeHead(200, { 'Content-Type': 'application/json' }).write('{"status":"Importing"}\n'));
    }).listen(socket);
    await once(server, 'listening');
    engine = new Engine({ host: `unix://${socket}`, clock });
  });

  afterEach(async () => {
    engine.close();
    server.closeAllConnections();
    server.close();
    await folder.remove();
  });

  const archive = (): Readable => Readable.from([Buffer.alloc(1024)]);

  test.each<[string, boolean, (engine: Engine) => Promise<unknown>]>([
    ['ping', false, (asked) => asked.ping()],
    ['info', false, (asked) => asked.info()],
    ['info, which stops in the middle', true, (asked) => asked.info()],
    ['inspectImage', false, (asked) => asked.inspectImage('team/app:1.0')],
    ['importImage', false, (asked) => asked.importImage(archive(), 'team/app:1.0', [])],
    ['importImage, which stops in the middle', true, (asked) => asked.importImage(archive(), 'team/app:1.0', [])],
    ['list', false, (asked) => asked.list({})],
    ['inspect', false, (asked) => asked.inspect('c')],
    ['start', false, (asked) => asked.start('c')],
  ])('%s lets its connection go when its time is over', async (_name, begins, ask) => {
    answersBegin = begins;
    const connected: Promise<unknown[]> = once(server, 'connection');
    const asked = once(server, 'request');
    const answer = ask(engine);
    const refused = expect(answer).rejects.toMatchObject({ code: 'TIMEOUT' });
    const [socket] = (await connected) as [Socket];
    await asked;
    // A connection that is cut may be an error before it is closed.
    const closed = new Promise((resolve) => socket.on('error', () => undefined).on('close', resolve));
    await clock.advance(61_000);
    await refused;
    await closed;
  });

  test('it is asked for six starts at a time, and the time of the others begins with their turn', async () => {
    const starts = Array.from({ length: 8 }, (_, index) => engine.start(`c${index}`));
    const first = Promise.all(starts.slice(0, 6).map((start) => expect(start).rejects.toMatchObject({ code: 'TIMEOUT' })));
    await eventually(() => held.length === 6, 'six starts');
    const looked = engine.inspect('c7').catch((error: unknown) => error);
    await eventually(() => held.length === 7, 'a look, which does not wait for them');
    await clock.advance(60_000);
    await first;
    await looked;
    await eventually(() => held.length === 9, 'the other two');
    for (const response of held.slice(7)) response.writeHead(204).end();
    await Promise.all(starts.slice(6));
  });
});
