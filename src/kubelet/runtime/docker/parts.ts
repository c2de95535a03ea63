import type { Clock } from '../../../base/clock';
import type { Identity } from '../../../base/identity';
import type { Logger } from '../../../base/logger';
import { Containers } from './containers';
import { Ends } from './ends';
import type { Engine, EngineInfo } from './engine';
import { Images } from './images';
import type { Owner } from './labels';
import type { Layout } from './layout';
import { Looks } from './looks';
import { OomScores } from './oom-scores';
import { PauseContainers } from './pause-containers';
import { ensurePauseImage } from './pause-image';
import type { RegistryCredentials } from './registry-credentials';
import { preparedByMemory } from './sandbox-options';
import { Sandboxes } from './sandboxes';
import { StartMarks } from './start-marks';
import { Surroundings } from './surroundings';

export interface PartsOptions {
  readonly engine: Engine;
  readonly info: EngineInfo;
  readonly owner: Owner;
  readonly folder: Layout;
  readonly pauseImage: () => string;
  /** Null: as many as the engine's memory has room for. */
  readonly preparedSandboxes: number | null;
  readonly credentials: RegistryCredentials;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly logger: Logger;
}

/** What a runtime consists of that has an engine and a folder. */
export interface Parts {
  readonly images: Images;
  readonly sandboxes: Sandboxes;
  readonly containers: Containers;
  readonly surroundings: Surroundings;
  readonly marks: StartMarks;
  readonly looks: Looks;
}

export function buildParts({ folder, info, ...options }: PartsOptions): Parts {
  const { engine, preparedSandboxes, logger } = options;
  const layout = (): Layout => folder;
  const images = new Images(options);
  const pauses = new PauseContainers({ ...options, makeImage: () => ensurePauseImage(engine, info.architecture) });
  const sandboxes = new Sandboxes({ ...options, pauses, prepared: preparedSandboxes ?? preparedByMemory(info.memoryBytes) });
  const oomScores = new OomScores({ ...options, pauses });
  const ends = new Ends(engine, layout, logger);
  const marks = new StartMarks(layout);
  const containers = new Containers({ ...options, layout, sandboxes, images, ends, marks, oomScores, memoryCapacity: () => info.memoryBytes });
  const surroundings = new Surroundings({ ...options, layout: folder, sandboxes, containers, marks });
  return { images, sandboxes, containers, surroundings, marks, looks: new Looks({ ...options, sandboxes, containers, oomScores }) };
}
