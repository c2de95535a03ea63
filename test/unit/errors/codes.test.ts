import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCodes } from '../../../src/errors/codes';

const page = readFileSync(join(__dirname, '../../../docs/errors.md'), 'utf8');

test('the codes are those of the contract', () => {
  expect(Object.keys(errorCodes).sort()).toEqual(
    [
      'NOT_FOUND ALREADY_EXISTS CONFLICT INVALID BAD_USER_INPUT UNAUTHENTICATED FORBIDDEN TOO_MANY_REQUESTS EXPIRED',
      'REQUEST_TOO_LARGE SERVICE_UNAVAILABLE SERVER_TIMEOUT TIMEOUT QUERY_TOO_COSTLY INTERNAL_SERVER_ERROR',
    ]
      .join(' ')
      .split(' ')
      .sort(),
  );
});

test('docs/errors.md has the same table, in the same order', () => {
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (\w+) \| (\d+) \| (yes|no) \| (.+) \|$/gm)];
  const documented = rows.map(([, code, reason, status, retryable, meaning]) => [code, { reason, status: Number(status), retryable: retryable === 'yes', meaning }]);
  expect(documented).toEqual(Object.entries(errorCodes));
});

test('docs/errors.md has an example of each code, true to the table', () => {
  const examples = [...page.matchAll(/^### ([A-Z_]+)\n[^]*?```json\n([^]*?)```/gm)].map(([, code, json]) => ({
    code,
    error: JSON.parse(json ?? '') as { message: string; extensions: Record<string, unknown> },
  }));
  expect(examples.map((example) => example.code)).toEqual(Object.keys(errorCodes));
  for (const { code, error } of examples) {
    const { reason, status, retryable } = errorCodes[code as keyof typeof errorCodes];
    expect(error.extensions).toMatchObject({ code, reason, status, retryable, requestId: expect.any(String) as string });
    expect(error.message).not.toBe('');
  }
});
