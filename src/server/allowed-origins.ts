import { StartError } from './start-error';

/** What was said with --allow-origin, as browsers say it in Origin. INVALID_OPTION for what is no origin. */
export function compileAllowedOrigins(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.map(compileOrigin))];
}

function compileOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  // Whatever else an address may have, an origin has not; a path would look like a narrower permission than it is.
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  if (isOrigin) return url.origin;
  throw new StartError(
    'INVALID_OPTION',
    `--allow-origin ${JSON.stringify(text)} is not an origin. Write SCHEME://HOST or SCHEME://HOST:PORT, for example https://dashboard.example or http://localhost:5173.`,
  );
}
