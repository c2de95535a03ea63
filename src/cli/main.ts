#!/usr/bin/env node
import './production';
import { createProgram } from './program';
import { runProgram } from './run-program';

void runProgram(createProgram(), process.argv).then(async (code) => {
  process.exitCode = code;
  // What was written must get out first; then a handle that a library forgot must not keep the process alive.
  await Promise.all([process.stdout, process.stderr].map(flushed));
  process.exit(code);
});

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => void stream.write('', () => resolve()));
}
