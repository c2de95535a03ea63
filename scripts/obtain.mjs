// What the tests need beyond npm packages, from Debian's packages, and only when it is absent. Says in one clear line
// what could not be had; the tests that need it are then skipped with that reason, counted and printed.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const onDebian = existsSync('/etc/debian_version');
const isRoot = process.getuid?.() === 0;

function which(names) {
  for (const name of names) {
    try {
      return execFileSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    } catch {
      // the next name
    }
  }
  return undefined;
}

/** Path of a Chromium, or undefined. CHROME_BIN wins. */
export function obtainChromium() {
  const given = process.env.CHROME_BIN;
  if (given) {
    if (existsSync(given)) return given;
    console.error(`podql tests: CHROME_BIN is ${given}, and no such file exists; browser tests will be skipped.`);
    return undefined;
  }
  const found = which(['chromium', 'chromium-browser', 'google-chrome', 'chrome']);
  if (found) return found;
  const help = 'Install Chromium and set CHROME_BIN to its path; browser tests will be skipped.';
  if (!onDebian || !isRoot) {
    console.error(`podql tests: no Chromium found. ${help}`);
    return undefined;
  }
  console.error('podql tests: installing the Debian package chromium (once; about a minute) …');
  const options = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: 300_000 };
  try {
    execFileSync('apt-get', ['update', '-qq'], options);
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options);
  } catch (error) {
    console.error(`podql tests: could not install chromium (${error.message.split('\n')[0]}). ${help}`);
  }
  return which(['chromium']);
}
