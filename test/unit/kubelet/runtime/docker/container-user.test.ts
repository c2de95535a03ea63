import { asksImage, userOf } from '../../../../../src/kubelet/runtime/docker/container-user';

const main = { name: 'main', image: 'team/app' };
const nobodySays = { runAsUser: null, runAsGroup: null, runAsNonRoot: false };

describe('as whom a container runs', () => {
  test.each([
    [nobodySays, 'app', null],
    [{ ...nobodySays, runAsUser: 1000 }, '', '1000'],
    [{ ...nobodySays, runAsUser: 1000, runAsGroup: 2000 }, '', '1000:2000'],
    [{ ...nobodySays, runAsUser: 0 }, '1000', '0'],
    // Another group alone: with the image's user.
    [{ ...nobodySays, runAsGroup: 3000 }, '', '0:3000'],
    [{ ...nobodySays, runAsGroup: 3000 }, '1000', '1000:3000'],
    [{ ...nobodySays, runAsGroup: 3000 }, 'app:5', 'app:3000'],
    [{ ...nobodySays, runAsNonRoot: true }, '1000', null],
    [{ ...nobodySays, runAsNonRoot: true }, '1000:0', null],
    [{ ...nobodySays, runAsNonRoot: true, runAsUser: 7 }, 'root', '7'],
  ])('%j with the image of %j: %j', (question, imageUser, user) => {
    expect(userOf(question, main, imageUser)).toBe(user);
  });

  test.each([
    ['', 'image team/app runs as root'],
    ['0', 'image team/app runs as root'],
    ['00', 'image team/app runs as root'],
    ['+0', 'image team/app runs as root'],
    ['root', 'image team/app runs as root'],
    ['0:5', 'image team/app runs as root'],
    ['toor', "image team/app runs as toor, a name that may be root's"],
    ['node:node', "image team/app runs as node, a name that may be root's"],
  ])('must not be root, with the image of %j', (imageUser, why) => {
    const asked = (): unknown => userOf({ ...nobodySays, runAsNonRoot: true }, main, imageUser);
    expect(asked).toThrow(expect.objectContaining({ code: 'CONFIG_REFUSED', message: `container main has runAsNonRoot, but ${why}: set securityContext.runAsUser` }));
  });

  test('must not be root, and is told to be', () => {
    expect(() => userOf({ ...nobodySays, runAsNonRoot: true, runAsUser: 0 }, main, '')).toThrow('container main has runAsNonRoot, but runAsUser is 0');
  });

  test('is asked of the image only where that matters', () => {
    expect([nobodySays, { ...nobodySays, runAsUser: 1, runAsGroup: 1, runAsNonRoot: true }].map(asksImage)).toEqual([false, false]);
    expect([{ ...nobodySays, runAsGroup: 1 }, { ...nobodySays, runAsNonRoot: true }].map(asksImage)).toEqual([true, true]);
  });
});
