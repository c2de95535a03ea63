import type { ContainerDetails } from '../../../../../src/kubelet/runtime/docker/engine';
import { holderOf } from '../../../../../src/kubelet/runtime/docker/name-holder';
import { FakeClock, slowly } from '../../../../support/fake-clock';

describe('who has a name that an engine refused', () => {
  const details = { Id: 'c' } as ContainerDetails;

  it('may be known only a moment later', async () => {
    const clock = new FakeClock();
    const answers = [null, null, details];
    expect(await slowly(clock, holderOf({ inspect: () => Promise.resolve(answers.shift() ?? null) }, 'name', clock))).toBe(details);
  });

  it('is nobody any more when it never becomes known', async () => {
    const clock = new FakeClock();
    expect(await slowly(clock, holderOf({ inspect: () => Promise.resolve(null) }, 'name', clock))).toBeNull();
  });
});
