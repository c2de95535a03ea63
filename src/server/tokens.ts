import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Document, Pair } from 'yaml';
import { LineCounter, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { Logger } from '../base/logger';
import type { Caller, Role } from '../resolvers/authorisation';
import { roles } from '../resolvers/authorisation';
import { StartError } from './start-error';

export interface Tokens {
  /** Null when nobody has this token. Takes the same time however much of it is right. */
  find(token: string): Caller | null;
}

interface Entry {
  readonly owner: Caller;
  readonly hash: Buffer;
}

/**
 * Reads the file of tokens: YAML or JSON, a list of { name, token, roles }. A kubelet's (role NODE) acts for the node
 * that `node` names, else for the one called like its holder.
 *
 * ```yaml
 * - { name: alice, token: 6f1c…, roles: [ADMIN] }
 * - { name: worker-1, token: 0a77…, roles: [NODE] }
 * ```
 *
 * Throws StartError TOKEN_FILE_INVALID with every fault and its line. Warns when others on the machine can read it.
 */
export function readTokenFile(path: string, logger: Logger): Tokens {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
    const { mode } = statSync(path);
    if ((mode & 0o077) !== 0) {
      logger.warn(`others on this machine can read or change ${path}: chmod 600 it`, { path, mode: (mode & 0o777).toString(8) });
    }
  } catch (error) {
    const why = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
    throw new StartError('TOKEN_FILE_INVALID', `The token file ${path} cannot be read (${why}). Give --token-file an existing file.`, error);
  }
  return parseTokens(text, path);
}

/** Pure part of readTokenFile. */
export function parseTokens(text: string, path: string): Tokens {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const faults: string[] = [];
  const report = (offset: number, message: string): void => {
    faults.push(`${path}:${lines.linePos(offset).line}: ${message}`);
  };
  for (const error of document.errors) report(error.pos[0], error.message.split('\n')[0]?.replace(/ at line .*$/, '') ?? '');
  const entries = faults.length === 0 ? readEntries(document, report) : [];
  if (faults.length > 0) {
    throw new StartError('TOKEN_FILE_INVALID', `${faults.join('\n')}\nThe server was not started. Each entry is { name, token, roles }; roles: ${roles.join(', ')}.`);
  }
  return new TokenTable(entries);
}

type Report = (offset: number, message: string) => void;

function readEntries(document: Document.Parsed, report: Report): Entry[] {
  const list = document.contents;
  if (!isSeq(list) || list.items.length === 0) {
    report(list?.range?.[0] ?? 0, 'a list of tokens is expected, with at least one entry');
    return [];
  }
  const entries: Entry[] = [];
  const names = new Set<string>();
  const hashes = new Set<string>();
  for (const item of list.items) {
    const at = offsetOf(item);
    if (!isMap(item)) {
      report(at, 'an entry of the form { name, token, roles } is expected');
      continue;
    }
    for (const pair of item.items) refuseUnknown(pair, report);
    const name = item.get('name');
    const token = item.get('token');
    const granted = readRoles(item.get('roles', true), at, report);
    const nameAt = offsetOf(item.get('name', true), at);
    if (typeof name !== 'string' || name === '') report(nameAt, 'name is required: who holds this token');
    else if (names.has(name)) report(nameAt, `the name ${JSON.stringify(name)} stands in this file twice`);
    const tokenAt = offsetOf(item.get('token', true), at);
    if (typeof token !== 'string') report(tokenAt, 'token is required, as a text (put it in quotes)');
    else if (!/^[\x21-\x7e]{16,}$/.test(token)) report(tokenAt, 'token must have 16 characters or more, printable ASCII without spaces');
    else if (hashes.has(hashOf(token).toString('hex'))) report(tokenAt, 'this token stands in this file twice');
    const node = item.get('node') ?? null;
    if (node !== null && (typeof node !== 'string' || !granted.includes('NODE'))) {
      report(offsetOf(item.get('node', true), at), 'node is the name of the node that a holder of the role NODE acts for');
    }
    if (typeof name !== 'string' || typeof token !== 'string') continue;
    const hash = hashOf(token);
    names.add(name);
    hashes.add(hash.toString('hex'));
    entries.push({ owner: Object.freeze({ name, roles: granted, nodeName: granted.includes('NODE') ? String(node ?? name) : null }), hash });
  }
  return entries;
}

function readRoles(node: unknown, at: number, report: Report): Role[] {
  if (!isSeq(node) || node.items.length === 0) {
    report(offsetOf(node, at), `roles is required: a list of ${roles.join(', ')}`);
    return [];
  }
  return node.items.flatMap((item) => {
    const value = isScalar(item) ? item.value : undefined;
    if (isRole(value)) return [value];
    report(offsetOf(item, at), `${JSON.stringify(value)} is not a role; one of ${roles.join(', ')}`);
    return [];
  });
}

function isRole(value: unknown): value is Role {
  return roles.some((role) => role === value);
}

const fields = ['name', 'token', 'roles', 'node'];

function isField(key: unknown): boolean {
  return typeof key === 'string' && fields.includes(key);
}

function refuseUnknown(pair: Pair, report: Report): void {
  const key = isScalar(pair.key) ? pair.key.value : undefined;
  if (isField(key)) return;
  report(offsetOf(pair.key), `${JSON.stringify(key)} is not a field of a token; ${fields.join(', ')} are`);
}

function offsetOf(node: unknown, otherwise = 0): number {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return otherwise;
  return Number(node.range[0]);
}

/** Only hashes stay in memory; equal lengths let them be compared in constant time. */
function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

class TokenTable implements Tokens {
  constructor(private readonly entries: readonly Entry[]) {}

  find(token: string): Caller | null {
    const hash = hashOf(token);
    let found: Caller | null = null;
    // Every entry is compared, also after a match.
    for (const entry of this.entries) if (timingSafeEqual(entry.hash, hash)) found = entry.owner;
    return found;
  }
}
