import { refuseOrigin } from '../../../src/server/origin';

const here = { listensOnLoopback: true };
const anywhere = { listensOnLoopback: false };

describe('who may speak to a server on loopback', () => {
  test.each([
    ['a program, which sends no Origin', { host: '127.0.0.1:4000', origin: undefined }],
    ['by name', { host: 'localhost:4000', origin: undefined }],
    ['over IPv6', { host: '[::1]:4000', origin: undefined }],
    ['the playground', { host: '127.0.0.1:4000', origin: 'http://127.0.0.1:4000' }],
    ['another page of this machine', { host: '127.0.0.1:4000', origin: 'http://localhost:5173' }],
  ])('%s', (_who, request) => {
    expect(refuseOrigin({ ...here, ...request })).toBeNull();
  });

  test.each([
    ['a name that was bound to this machine by somebody else', { host: 'rebound.example:4000', origin: undefined }],
    ['a page of another site', { host: '127.0.0.1:4000', origin: 'https://evil.example' }],
    ['a page that hides where it is from', { host: '127.0.0.1:4000', origin: 'null' }],
    ['a site whose name begins like ours', { host: '127.0.0.1:4000', origin: 'http://localhost.evil.example' }],
    ['no Host', { host: undefined, origin: undefined }],
    ['a Host with a path', { host: '127.0.0.1/../x', origin: undefined }],
    ['a Host with a user', { host: 'localhost@evil.example', origin: undefined }],
  ])('not %s', (_who, request) => {
    expect(refuseOrigin({ ...here, ...request })).not.toBeNull();
  });
});

describe('who may speak to a server that others reach', () => {
  test('programs by any name, and its own pages', () => {
    expect(refuseOrigin({ ...anywhere, host: 'podql.example:4000', origin: undefined })).toBeNull();
    expect(refuseOrigin({ ...anywhere, host: 'podql.example:4000', origin: 'http://podql.example:4000' })).toBeNull();
    // Behind a proxy that speaks TLS.
    expect(refuseOrigin({ ...anywhere, host: 'podql.example', origin: 'https://podql.example' })).toBeNull();
  });

  test('no pages of other sites or other ports', () => {
    expect(refuseOrigin({ ...anywhere, host: 'podql.example:4000', origin: 'http://podql.example:5000' })).not.toBeNull();
    expect(refuseOrigin({ ...anywhere, host: 'podql.example:4000', origin: 'http://localhost:4000' })).not.toBeNull();
  });
});
