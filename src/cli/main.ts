#!/usr/bin/env node
import './production';
import { createProgram } from './program';
import { runProgram } from './run-program';

void runProgram(createProgram(), process.argv).then((code) => {
  // Not process.exit: what was written must get out first. Nothing that is left keeps the process alive.
  process.exitCode = code;
});
