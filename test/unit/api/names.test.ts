import {
  absolutePathProblem,
  dnsLabelProblem,
  dnsSubdomainProblem,
  isUuid,
  labelKeyProblem,
  labelValueProblem,
  namePrefixProblem,
  portNameProblem,
  relativePathProblem,
  variableNameProblem,
} from '../../../src/api/names';

const rules: [rule: string, check: (text: string) => string | null, good: string[], bad: string[]][] = [
  ['a DNS label', dnsLabelProblem, ['a', 'web-0', '0', 'a'.repeat(63)], ['', 'Web', '-a', 'a-', 'a.b', 'a_b', 'ä', 'a\n', 'a'.repeat(64)]],
  ['a DNS subdomain', dnsSubdomainProblem, ['web', 'web.example.com', 'a-b.c'], ['', '.a', 'a.', 'a..b', 'A.b', `${'a.'.repeat(127)}`, 'a'.repeat(254)]],
  ['a name prefix', namePrefixProblem, ['web-', 'web', 'a.b-', 'a.'], ['Web-', '-a', '_', 'a..']],
  ['a label key', labelKeyProblem, ['app', 'example.com/tier', 'A.b_c-1', '0'], ['', '-a', 'a-', '/a', 'Example.com/a', 'a/b/c', 'a b', 'example.com/', 'a'.repeat(64)]],
  ['a label value', labelValueProblem, ['', 'web', 'A.b_c-1'], ['-a', 'a.', 'a b', 'a/b', 'a'.repeat(64)]],
  ['a variable name', variableNameProblem, ['PATH', '_x', 'a.b', 'a-b'], ['', '1a', 'a=b', '.', '..', '..a', 'a b']],
  ['a port name', portNameProblem, ['http', 'a-1'], ['', '80', 'a--b', '-a', 'A', 'a'.repeat(16)]],
  ['an absolute path', absolutePathProblem, ['/', '/srv/data', '/a..b'], ['', 'srv', './a', '/a/../b', '/a\0', `/${'a'.repeat(4096)}`]],
  ['a relative path', relativePathProblem, ['a', 'a/b'], ['/a', '../a', 'a/..']],
];

describe.each(rules)('%s', (_rule, check, good, bad) => {
  it.each(good)('may be %j', (text) => expect(check(text)).toBeNull());
  it.each(bad)('may not be %j, and it says why', (text) => expect(check(text)).toMatch(/^must /));
});

it('knows a UUID', () => {
  expect(isUuid('123e4567-e89b-42d3-a456-426614174000')).toBe(true);
  expect(isUuid('123E4567-E89B-42D3-A456-426614174000')).toBe(false);
  expect(isUuid('../../etc')).toBe(false);
});
