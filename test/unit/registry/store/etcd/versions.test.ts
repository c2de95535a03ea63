import { answersProgressInOrder, knownFaults, parseVersion, type EtcdVersion } from '../../../../../src/registry/store/etcd/versions';

const version = (text: string): EtcdVersion => parseVersion(text) ?? { major: 0, minor: 0, patch: 0 };

describe('versions of etcd', () => {
  it.each([
    ['3.4.23', { major: 3, minor: 4, patch: 23 }],
    ['v3.6.0-rc.1', { major: 3, minor: 6, patch: 0 }],
    ['3.5.16+git', { major: 3, minor: 5, patch: 16 }],
    ['', null],
    ['3.4', null],
  ])('%s is read', (text, expected) => expect(parseVersion(text)).toEqual(expected));

  it.each(['3.4.25', '3.4.31', '3.5.8', '3.5.16', '3.6.0', '4.0.0'])('%s answers a question for progress in order', (text) => {
    expect(answersProgressInOrder(version(text))).toBe(true);
  });

  it.each(['3.3.27', '3.4.24', '3.5.0', '3.5.7'])('%s may answer it too early', (text) => {
    expect(answersProgressInOrder(version(text))).toBe(false);
  });

  it.each([
    ['2.3.8', 1],
    ['3.3.27', 1],
    ['3.4.23', 2],
    ['3.4.30', 1],
    ['3.4.31', 0],
    ['3.5.7', 2],
    ['3.5.12', 1],
    ['3.5.13', 0],
    ['3.6.0', 0],
  ])('%s has %i known faults', (text, count) => expect(knownFaults(version(text))).toHaveLength(count));
});
