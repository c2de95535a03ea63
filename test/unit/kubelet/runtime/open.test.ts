import { systemClock } from '../../../../src/base/clock';
import { silentLogger } from '../../../../src/base/logger';
import { openRuntime } from '../../../../src/kubelet/runtime/open';
import { temporaryDirectory } from './process/support';

const options = { directory: '/nowhere', clock: systemClock, logger: silentLogger, images: 'host', nodeName: 'node-a' } as const;

test('none is no runtime, and docker is refused with what to do', async () => {
  expect(await openRuntime('none', options)).toBeNull();
  await expect(openRuntime('docker', options)).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('--runtime=process') });
});

test.each(['auto', 'process'] as const)('%s opens the process runtime', async (kind) => {
  const directory = await temporaryDirectory();
  const runtime = await openRuntime(kind, { ...options, directory: directory.path });
  expect(runtime?.capabilities.name).toBe('process');
  expect(await runtime?.list()).toEqual([]);
  await runtime?.close();
  await directory.remove();
});
