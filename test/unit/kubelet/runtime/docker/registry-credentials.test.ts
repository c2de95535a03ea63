import { parseCredentials, registryOf } from '../../../../../src/kubelet/runtime/docker/registry-credentials';

const auth = Buffer.from('someone:s:ecret').toString('base64');

describe('registry credentials', () => {
  test('are found by the host of the image', () => {
    const credentials = parseCredentials(JSON.stringify({ auths: { 'registry.example:5000': { auth }, 'https://index.docker.io/v1/': { username: 'me', password: 'pw' } } }), 'f');
    expect(credentials.of('registry.example:5000/team/app:1')).toEqual({ username: 'someone', password: 's:ecret', serveraddress: 'registry.example:5000' });
    expect(credentials.of('busybox')).toMatchObject({ username: 'me' });
    expect(credentials.of('docker.io/library/busybox')).toMatchObject({ username: 'me' });
    expect(credentials.of('other.example/app')).toBeNull();
  });

  test.each(['', 'not json', '{}', '{"auths":{"h":{}}}', '{"auths":{"h":{"auth":"bm9jb2xvbg=="}}}'])('%j is refused, and no secret is repeated', (text) => {
    expect(() => parseCredentials(text, '/etc/config.json')).toThrow(expect.objectContaining({ code: 'INVALID', message: expect.stringContaining('/etc/config.json') }));
  });

  test.each([
    ['busybox', 'docker.io'],
    ['team/app:1', 'docker.io'],
    ['localhost/app', 'localhost'],
    ['registry.example/app', 'registry.example'],
    ['127.0.0.1:5000/team/app@sha256:00', '127.0.0.1:5000'],
  ])('%s comes from %s', (image, registry) => {
    expect(registryOf(image)).toBe(registry);
  });
});
