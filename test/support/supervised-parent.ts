import { join } from 'node:path';
import { SupervisedProcess } from './supervised-process';

/** A parent for the tests to kill: starts a supervised process in this folder, prints its pid, and stays. Usage: supervised-parent.ts FOLDER */
async function main([folder = '']: string[]): Promise<void> {
  const child = await SupervisedProcess.start({ command: 'sleep', args: ['600'], env: process.env, log: join(folder, 'log'), folder });
  process.stdout.write(`${child.pid}\n`);
  process.stdin.resume();
}

void main(process.argv.slice(2));
