import type { Clock } from '../../../base/clock';
import { sleep } from '../../../base/clock';
import type { ContainerDetails, Engine } from './engine';

const looks = 100;
const pause = 50;

/**
 * Who has a name that the engine refused. An engine takes a name before it knows the container that is to have it: who
 * looked once would take a container that is being made for a stranger's. Null: nobody has it any more.
 */
export async function holderOf(engine: Pick<Engine, 'inspect'>, name: string, clock: Clock): Promise<ContainerDetails | null> {
  for (let look = 1; look < looks; look += 1) {
    const holder = await engine.inspect(name);
    if (holder) return holder;
    await sleep(clock, pause);
  }
  return engine.inspect(name);
}
