import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { availableIn, readMachine } from '../../../src/kubelet/machine-readings';
import type { MachineReadings, PressureMemory } from '../../../src/kubelet/node-conditions';
import { datedConditions, defaultPressureLimits, findingsOf, noPressure, remember, sayTheSame } from '../../../src/kubelet/node-conditions';
import { KubeletHarness } from '../../support/kubelet-harness';

const limits = defaultPressureLimits;
const mebi = 2 ** 20;
const disk = (availableBytes: number, folder = '/data') => ({ folder, availableBytes, totalBytes: 1000 });
const plenty: MachineReadings = { memoryAvailableBytes: 8 * 2 ** 30, disks: [disk(500)] };

describe('pressure', () => {
  it.each<[what: string, readings: Partial<MachineReadings>, memory: string | null, ofDisk: string | null]>([
    ['none with plenty', {}, null, null],
    ['none at the very limits', { memoryAvailableBytes: 100 * mebi, disks: [disk(100)] }, null, null],
    ['of memory below 100Mi', { memoryAvailableBytes: 100 * mebi - 1 }, 'less than 100Mi of memory is available', null],
    ['of a disk below 10 %', { disks: [disk(99), disk(500, '/var/lib/docker')] }, null, 'less than 10 % of the disk is free that holds /data'],
    ['of two disks', { disks: [disk(9), disk(0, '/b')] }, null, 'less than 10 % of the disk is free that holds /data and /b'],
    ['none of what cannot be told', { memoryAvailableBytes: null, disks: [] }, null, null],
    ['none of a file system that has no size', { disks: [{ folder: '/x', availableBytes: 0, totalBytes: 0 }] }, null, null],
  ])('%s', (_, readings, memory, ofDisk) => {
    const { memory: m, disk: d } = remember(noPressure, { ...plenty, ...readings }, limits, 7);
    expect([m, d]).toEqual([memory && { because: memory, seenAt: 7 }, ofDisk && { because: ofDisk, seenAt: 7 }]);
  });

  it('lasts until it was not seen for five minutes', () => {
    const tight = { ...plenty, disks: [disk(50)] };
    let state: PressureMemory = remember(noPressure, tight, limits, 0);
    state = remember(state, tight, limits, 10_000);
    state = remember(state, plenty, limits, 309_999);
    expect(state.disk).not.toBeNull();
    expect(remember(state, plenty, limits, 310_000)).toEqual(noPressure);
  });

  it('of the disk is never there with a limit of 0', () => {
    expect(remember(noPressure, { ...plenty, disks: [disk(0)] }, { ...limits, diskAvailablePercent: 0 }, 0)).toEqual(noPressure);
  });
});

describe('what a kubelet says of its node', () => {
  const kinds = (readings: MachineReadings | null, pressure = noPressure) => findingsOf(null, readings, pressure).map(({ type, status, reason }) => [type, status, reason]);

  it('has Kubernetes’ words', () => {
    expect(kinds(plenty)).toEqual([
      ['Ready', 'TRUE', 'KubeletReady'],
      ['MemoryPressure', 'FALSE', 'KubeletHasSufficientMemory'],
      ['DiskPressure', 'FALSE', 'KubeletHasNoDiskPressure'],
    ]);
    const because = { because: 'why', seenAt: 0 };
    expect(kinds(plenty, { memory: because, disk: because }).slice(1)).toEqual([
      ['MemoryPressure', 'TRUE', 'KubeletHasInsufficientMemory'],
      ['DiskPressure', 'TRUE', 'KubeletHasDiskPressure'],
    ]);
  });

  it('is UNKNOWN where the machine does not say, and nothing where nobody looks', () => {
    expect(kinds({ memoryAvailableBytes: null, disks: [] }).slice(1).map(([, status]) => status)).toEqual(['UNKNOWN', 'UNKNOWN']);
    expect(kinds(null)).toEqual([['Ready', 'TRUE', 'KubeletReady']]);
  });

  it('is the same as long as its words are, and is dated from when its status changed', () => {
    const first = datedConditions(findingsOf(null, plenty, noPressure), [], 'then');
    const second = findingsOf('no socket', plenty, noPressure);
    expect(sayTheSame(first, findingsOf(null, plenty, noPressure))).toBe(true);
    expect(sayTheSame(first, second)).toBe(false);
    expect(datedConditions(second, first, 'now').map(({ lastTransitionTime }) => lastTransitionTime)).toEqual(['now', 'then', 'then']);
  });
});

describe('the readers', () => {
  it('take what is available, not what is free', () => {
    expect(availableIn('MemTotal:  100 kB\nMemFree:   10 kB\nMemAvailable:   42 kB\n')).toBe(42 * 1024);
    expect(availableIn('MemTotal:  100 kB\n')).toBeNull();
  });

  it('find the disk of a folder that is not there yet, and one disk for one folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'podql-readings-'));
    try {
      const { memoryAvailableBytes, disks } = await readMachine([join(folder, 'a/b'), join(folder, 'a/b')]);
      expect(memoryAvailableBytes).toBeGreaterThan(0);
      expect(disks).toHaveLength(1);
      expect(disks[0]?.totalBytes).toBeGreaterThanOrEqual(disks[0]?.availableBytes ?? 0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a kubelet on a machine that runs full', () => {
  it('looks every 10 s, and tells the API once that it is so and once that it is over', async () => {
    let readings = plenty;
    let looks = 0;
    const harness = new KubeletHarness({
      readMachine: () => {
        looks += 1;
        return Promise.resolve(readings);
      },
    });
    await harness.start();
    const { registrations } = harness.api;
    const said = () => registrations.map(({ conditions }) => conditions.find(({ type }) => type === 'DiskPressure')?.status);
    expect([said(), looks]).toEqual([['FALSE'], 1]);
    readings = { ...plenty, disks: [disk(50)] };
    await harness.pass(10_000);
    expect([said(), looks]).toEqual([['FALSE', 'TRUE'], 2]);
    // Other figures, the same words: nothing to write.
    readings = { ...plenty, disks: [disk(40)] };
    await harness.pass(60_000);
    expect([said(), looks]).toEqual([['FALSE', 'TRUE'], 8]);
    readings = plenty;
    await harness.pass(300_000, 500);
    expect(said()).toEqual(['FALSE', 'TRUE', 'FALSE']);
    await harness.stop();
  });

  it('does not wait for a disk that never answers, and does not ask it twice', async () => {
    let looks = 0;
    const harness = new KubeletHarness({
      readMachine: () => {
        looks += 1;
        return new Promise(() => undefined);
      },
    });
    await harness.start();
    expect(harness.api.registrations).toEqual([]);
    await harness.pass(5_000);
    expect(harness.api.registrations.map(({ conditions }) => conditions.map(({ status }) => status))).toEqual([['TRUE', 'UNKNOWN', 'UNKNOWN']]);
    await harness.pass(60_000);
    expect(looks).toBe(1);
    await harness.stop();
  });
});
