import { acceptsAnswers, prefersPage } from '../../../src/server/accept';

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';

describe('who gets the page', () => {
  test.each([
    ['a browser', browser, true],
    ['fetch', '*/*', false],
    ['a GraphQL client', 'application/graphql-response+json, application/json;q=0.9', false],
    ['somebody who would rather have JSON', 'text/html;q=0.5, application/json', false],
    ['somebody who refuses pages', 'text/html;q=0', false],
    ['nobody in particular', undefined, false],
  ])('%s', (_who, accept, expected) => {
    expect(prefersPage(accept)).toBe(expected);
  });
});

describe('who can be answered in JSON', () => {
  test.each([
    ['nobody in particular', undefined],
    ['an empty word', ''],
    ['fetch', '*/*'],
    ['a browser', browser],
    ['JSON', 'application/json'],
    ['JSON in capitals', 'Application/JSON'],
    ['JSON in utf-8', 'application/json; charset="UTF-8"; q=0.3'],
    ['anything of that kind', 'text/plain, application/*;q=0.1'],
    ['the newer type only', 'application/graphql-response+json'],
    ['all but JSON, which leaves the newer type', 'application/json;q=0, */*'],
  ])('%s', (_who, accept) => {
    expect(acceptsAnswers(accept)).toBe(true);
  });

  test.each([
    ['a page only', 'text/html'],
    ['no JSON', 'application/json;q=0'],
    ['neither of the two', 'application/json;q=0, application/graphql-response+json;q=0, */*'],
    ['JSON in another charset', 'application/json; charset=utf-16'],
    ['a quality that is no number', 'application/json;q=much'],
  ])('not: %s', (_who, accept) => {
    expect(acceptsAnswers(accept)).toBe(false);
  });
});
