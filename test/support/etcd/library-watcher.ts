import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

const program = `
const { Etcd3 } = require('etcd3');
const [hosts, prefix, from] = process.argv.slice(1);
new Etcd3({ hosts }).watch().prefix(prefix).startRevision(from).create().then((watcher) => {
  watcher.on('error', () => undefined);
  watcher.on('put', ({ key }) => console.log(key.toString()));
  console.log('created');
});
`;

/** etcd3's own watcher, for comparison. In a process of its own: it goes on to connect for ever, whatever is closed. */
export class LibraryWatcher {
  /** "created", and the key of each put. */
  readonly lines: string[] = [];
  private readonly listeners = new Set<() => void>();

  private constructor(private readonly child: ChildProcess) {
    const output = child.stdout;
    if (!output) throw new Error('the watcher of etcd3 has no output');
    createInterface({ input: output }).on('line', (line) => {
      this.lines.push(line);
      for (const listener of [...this.listeners]) listener();
    });
  }

  static start({ endpoint, prefix, from }: { readonly endpoint: string; readonly prefix: string; readonly from: number }): LibraryWatcher {
    return new LibraryWatcher(spawn(process.execPath, ['-e', program, endpoint, prefix, String(from)], { stdio: ['ignore', 'pipe', 'ignore'] }));
  }

  /** Resolves once it has said so. */
  said(line: string): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.lines.includes(line)) return;
        this.listeners.delete(look);
        resolve();
      };
      this.listeners.add(look);
      look();
    });
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}
