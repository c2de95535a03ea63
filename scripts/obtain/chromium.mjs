import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isRoot, onDebian, which } from './debian.mjs';

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
