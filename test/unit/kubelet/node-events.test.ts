import type { Finding } from '../../../src/kubelet/node-conditions';
import { nodeEvents } from '../../../src/kubelet/node-events';

const finding = (type: string, status: Finding['status'], message: string | null = null): Finding => ({ type, status, reason: 'Because', message });
const told = (before: readonly Finding[], after: readonly Finding[]) => nodeEvents(before, after).map(({ type, reason, message }) => `${type} ${reason}: ${message}`);

describe('what is told of a node', () => {
  const calm = [finding('Ready', 'TRUE'), finding('MemoryPressure', 'FALSE'), finding('DiskPressure', 'FALSE')];
  const pressed = [finding('Ready', 'TRUE'), finding('MemoryPressure', 'TRUE', 'little memory'), finding('DiskPressure', 'TRUE', 'little disk')];
  const begins = ['WARNING NodeHasInsufficientMemory: little memory', 'WARNING NodeHasDiskPressure: little disk'];

  it('pressure begins, also before the first look, and ends', () => {
    expect(told(calm, pressed)).toEqual(begins);
    expect(told([], pressed)).toEqual(begins);
    expect(told(pressed, calm)).toEqual(['NORMAL NodeHasSufficientMemory: enough memory is available again', 'NORMAL NodeHasNoDiskPressure: enough of the disk is free again']);
  });

  it('nothing while it stays as it is, nor of what others tell', () => {
    expect(told([], calm)).toEqual([]);
    expect(told(pressed, pressed)).toEqual([]);
    expect(told([finding('Ready', 'TRUE')], [finding('Ready', 'FALSE'), finding('DiskPressure', 'UNKNOWN')])).toEqual([]);
  });
});
