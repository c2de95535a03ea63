import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

export interface PlaygroundFiles {
  /** The page, to be served at the API's address. */
  readonly page: string;
  /** The files that the page asks for below assetsPath, by name; empty when the playground was not built. */
  readonly assets: ReadonlyMap<string, Asset>;
}

export interface Asset {
  readonly path: string;
  readonly type: string;
}

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.woff2': 'font/woff2',
};

/** The build's relative "./assets/" becomes this, seen from /graphql. */
export const assetsPath = '/playground/assets/';

/** Nothing remote, no inline script, no eval. The editor writes style attributes, hence 'unsafe-inline' for styles. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  // GraphiQL's style sheet carries its fonts in itself.
  "font-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const pageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** In dist/ it lies beside this folder; when the server runs from its sources (tests) it may have been built or not. */
const places = [join(__dirname, '../playground'), join(__dirname, '../../dist/playground')];

export function readPlayground(folders: readonly string[] = places): PlaygroundFiles {
  const folder = folders.find((candidate) => existsSync(join(candidate, 'assets')));
  if (folder === undefined) return { page: notBuilt, assets: new Map() };
  const html = readFileSync(join(folder, 'index.html'), 'utf8');
  const names = readdirSync(join(folder, 'assets'));
  return {
    page: html.replaceAll('"./assets/', `".${assetsPath}`),
    assets: new Map(
      names.map((name) => [name, { path: join(folder, 'assets', name), type: types[extname(name)] ?? 'application/octet-stream' }]),
    ),
  };
}

const notBuilt = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>podql</title></head>
  <body>
    <h1>podql</h1>
    <p>This is the GraphQL API. The playground was not built: run <code>npm run build</code> and start again.</p>
  </body>
</html>
`;
