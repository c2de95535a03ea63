import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithDocker } from '../../support/docker/docker-binary';
import { DockerEngine, type DockerEngineOptions } from '../../support/docker/engine';
import { isRunning, remainsOf, shimSocketsOf } from '../../support/docker/engine-remains';
import { ImageRegistry } from '../../support/docker/image-registry';
import { eventually } from '../../support/eventually';
import { lastingPort } from '../../support/lasting-port';
import { Ledger, settleAbandoned } from '../../support/ledger';
import { temporaryFolder } from '../../support/temporary-folder';

const serve = ['sh', '-c', 'mkdir /tmp/www && echo hello > /tmp/www/word && exec httpd -f -p 80 -h /tmp/www'];
const sleep = ['sh', '-c', 'trap "exit 0" TERM; sleep 100000 & wait'];

const wordAt = async (address: string): Promise<string> => {
  let word = '';
  await eventually(async () => {
    word = await fetch(`http://${address}/word`, { signal: AbortSignal.timeout(1_000) }).then((response) => response.text(), () => '');
    return word !== '';
  }, `an answer of ${address}`);
  return word.trim();
};

describeWithDocker('a Docker Engine of the tests', () => {
  const engines: DockerEngine[] = [];
  const anEngine = async (options?: DockerEngineOptions): Promise<DockerEngine> => {
    const engine = await DockerEngine.start(options);
    engines.push(engine);
    return engine;
  };

  afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));

  describe('that runs', () => {
    let engine: DockerEngine;
    beforeAll(async () => {
      engine = await anEngine();
    });

    it('has the busybox image', async () => {
      expect(await engine.api.images()).toEqual(['busybox:1.36', 'busybox:latest']);
    });

    it('runs a container, whose exit code it tells', async () => {
      expect(await engine.api.wait(await engine.api.run({ command: ['sh', '-c', 'exit 3'] }))).toBe(3);
    });

    it('runs one as a user who may write to /tmp and to its home', async () => {
      const script = 'test "$(id -un)" = user && touch /tmp/a ~/a && ! touch /etc/a';
      expect(await engine.api.wait(await engine.api.run({ command: ['sh', '-c', script], config: { User: 'user' } }))).toBe(0);
    });

    it('runs one under an init, and one with limits that it oversteps', async () => {
      expect(await engine.api.wait(await engine.api.run({ command: ['true'], hostConfig: { Init: true } }))).toBe(0);
      const limits = { Memory: 16 << 20, MemorySwap: 16 << 20, NanoCpus: 500_000_000, PidsLimit: 20 };
      const id = await engine.api.run({ command: ['sh', '-c', 'x=a; while true; do x=$x$x; done'], hostConfig: limits });
      expect(await engine.api.wait(id)).toBe(137);
      expect((await engine.api.inspect(id)).State).toMatchObject({ Status: 'exited', OOMKilled: true });
    });

    it('lets this machine reach a container at its own address and at a published port', async () => {
      const port = await lastingPort();
      const id = await engine.api.run({
        command: serve,
        config: { ExposedPorts: { '80/tcp': {} } },
        hostConfig: { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: `${port}` }] } },
      });
      expect(await wordAt(`127.0.0.1:${port}`)).toBe('hello');
      const { IPAddress } = (await engine.api.inspect(id)).NetworkSettings;
      expect(IPAddress.startsWith(engine.subnet.replace('0/24', ''))).toBe(true);
      expect(await wordAt(IPAddress)).toBe('hello');
      const peer = await engine.api.run({ command: ['sh', '-c', `test "$(wget -qO- http://${IPAddress}/word)" = hello`] });
      expect(await engine.api.wait(peer)).toBe(0);
    });

    it('answers nothing while it is paused', async () => {
      await engine.pause();
      expect(await engine.api.ping(200)).toBe(false);
      engine.resume();
      await engine.ready();
    });

    it('pulls from a registry', async () => {
      const registry = await ImageRegistry.start();
      try {
        await engine.api.pull(registry.ref('team/app:1.0'));
        expect(registry.requests).toContain('HEAD team/app manifests 1.0');
        expect(await engine.api.wait(await engine.api.run({ image: registry.ref('team/app:1.0'), command: ['sh', '-c', 'exit 4'] }))).toBe(4);
        await engine.api.pull(`${registry.ref('team/app')}@${registry.digest}`);
        registry.behave('team/none', 404);
        await expect(engine.api.pull(registry.ref('team/none:1.0'))).rejects.toThrow('manifest unknown');
        registry.behave('team/broken', 500);
        await expect(engine.api.pull(registry.ref('team/broken:1.0'))).rejects.toThrow('500 Internal Server Error');
        registry.behave('team/slow', 'hang');
        const slow = engine.api.pull(registry.ref('team/slow:1.0'));
        slow.catch(() => undefined);
        await eventually(() => registry.requests.some((line) => line.includes('team/slow')), 'the request for team/slow');
        await registry.close();
        await expect(slow).rejects.toThrow();
      } finally {
        await registry.close();
      }
    });

    it('pulls from a registry that asks who it is', async () => {
      const credentials = { username: 'user', password: 'secret' };
      const registry = await ImageRegistry.start({ credentials });
      try {
        const image = registry.ref('private/app:2.0');
        await expect(engine.api.pull(image)).rejects.toThrow('no basic auth credentials');
        await expect(engine.api.pull(image, { username: 'user', password: 'wrong' })).rejects.toThrow(/unauthorized/);
        await engine.api.pull(image, credentials);
        expect(await engine.api.images()).toContain(image);
      } finally {
        await registry.close();
      }
    });
  });

  it('asks its mirror first', async () => {
    const registry = await ImageRegistry.start();
    try {
      const engine = await anEngine({ registryMirror: registry.url, busybox: false });
      await engine.api.pull('alpine:3');
      expect(registry.requests).toContain('HEAD library/alpine manifests 3');
      expect(await engine.api.images()).toEqual(['alpine:3']);
    } finally {
      await registry.close();
    }
  });

  it('is one of several, none of which knows of the others', async () => {
    const [one, other] = await Promise.all([anEngine(), anEngine()]);
    await Promise.all([one, other].map(({ api }, index) => api.run({ name: `of-${index}`, command: serve })));
    expect(await one.api.containers()).toEqual(['of-0']);
    expect(await other.api.containers()).toEqual(['of-1']);
    expect(one.subnet).not.toBe(other.subnet);
    await one.dispose();
    const { IPAddress } = (await other.api.inspect('of-1')).NetworkSettings;
    expect(await wordAt(IPAddress)).toBe('hello');
    expect(remainsOf(one)).toEqual([]);
  });

  it('stops its containers when it is stopped, and has them when it is started again', async () => {
    const engine = await anEngine();
    const id = await engine.api.run({ command: sleep });
    const { Pid } = (await engine.api.inspect(id)).State;
    await engine.stop();
    expect(isRunning(Pid)).toBe(false);
    await engine.start();
    expect((await engine.api.inspect(id)).State).toMatchObject({ Status: 'exited', ExitCode: 0 });
  });

  it('keeps its containers alive, with live-restore, when it comes back from a crash', async () => {
    const engine = await anEngine({ liveRestore: true });
    const id = await engine.api.run({ command: sleep });
    const { Pid } = (await engine.api.inspect(id)).State;
    await engine.kill();
    expect(isRunning(Pid)).toBe(true);
    await engine.restart();
    expect((await engine.api.inspect(id)).State).toMatchObject({ Status: 'running', Pid });
  });

  it('leaves nothing behind when it was killed with containers running, paused and in a network of their own', async () => {
    const engine = await anEngine();
    const port = await lastingPort();
    const { api } = engine;
    const bindings = { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: `${port}` }] } };
    const web = await api.run({ command: serve, config: { ExposedPorts: { '80/tcp': {} } }, hostConfig: bindings });
    const paused = await api.run({ command: sleep });
    await api.call('POST', `/containers/${paused}/pause`);
    const { Id: network } = await api.call<{ Id: string }>('POST', '/networks/create', { body: { Name: 'apart' } });
    const apart = await api.run({ command: sleep, hostConfig: { NetworkMode: 'apart' } });
    const pids = (await Promise.all([web, paused, apart].map((id) => api.inspect(id)))).map(({ State }) => State.Pid);
    const link = `/sys/class/net/br-${network.slice(0, 12)}`;
    expect(existsSync(link)).toBe(true);
    const sockets = shimSocketsOf(engine.folder);
    expect(sockets.filter((path) => existsSync(path))).toHaveLength(3);
    await engine.kill();
    expect(pids.map(isRunning)).toEqual([true, true, true]);
    expect(remainsOf(engine)).not.toEqual([]);
    await engine.dispose();
    expect(remainsOf(engine)).toEqual([]);
    expect(pids.map(isRunning)).toEqual([false, false, false]);
    expect(existsSync(link)).toBe(false);
    expect(sockets.filter((path) => existsSync(path))).toEqual([]);
    await engine.dispose();
    await expect(engine.start()).rejects.toThrow('disposed');
  });

  it('is ended by the next run when its own was aborted', async () => {
    const engine = await anEngine();
    await engine.api.run({ command: sleep });
    const folder = await temporaryFolder('ledger');
    try {
      const pages = join(folder.path, 'pages');
      new Ledger(pages).recordEngine({ name: engine.name, folder: engine.folder });
      expect(await settleAbandoned(pages)).toBe(0);
      for (const page of readdirSync(pages).map((name) => join(pages, name))) {
        // The owner is gone: there never was a process that started at boot with this pid.
        writeFileSync(page, readFileSync(page, 'utf8').replace(/"startTime":"\d+"/, '"startTime":"1"'));
      }
      // dockerd, containerd, a shim, a container of two; and who looks after dockerd.
      expect(await settleAbandoned(pages)).toBeGreaterThanOrEqual(5);
      expect(remainsOf(engine)).toEqual([]);
    } finally {
      await folder.remove();
    }
  });
});
