import type { Container, LogLine, PodSpec } from '../../api/pod';

/**
 * Runs containers; knows nothing of restart policies. The kubelet decides, a runtime does as it is told and remembers.
 *
 * R1  Identity is the four fields of ContainerIdentity, kept with the container itself: a kubelet that starts again finds
 *     its children by `list`, with all that ContainerRecord says.
 * R2  create with an identity that exists is refused with ALREADY_EXISTS, never doubled; so is starting twice (ALREADY_STARTED
 *     is not an error: start is idempotent).
 * R3  stop is idempotent, asks politely, waits the grace, then kills; it resolves when the container has ended.
 * R4  Exit code, signal, reason and times stay readable until remove; they are the true ones even if the kubelet (or the
 *     whole podql process) was dead when the container ended.
 * R5  Logs are readable while it runs, after it ended, until remove.
 * R6  After remove nothing of the container is left; after removeSandbox nothing of the pod. What cannot be removed keeps nothing else from
 *     going: removeSandbox rejects when the rest is gone.
 * R7  Every verb tolerates "already gone".
 * R8  A container that cannot be started ends as exited with reason StartError, its code (126, 127, 128) and the true cause in message.
 *     Where the machine is at fault (DISK_FULL), or the sandbox that it was created in is lost (NOT_FOUND), it never was: start
 *     rejects, and what was created is gone.
 * R9  Volumes survive restarts of containers and sandboxes and go with removeSandbox.
 * R10 onChange calls are a hint (a container or sandbox worth looking at); list and inspect are the truth.
 * R11 Only what this runtime made is ever listed, stopped or removed.
 */
export interface ContainerRuntime {
  readonly capabilities: RuntimeCapabilities;
  /** Folders of this machine whose disks fill as containers run, as far as known. */
  readonly folders: readonly string[];
  /** Throws RuntimeError UNAVAILABLE when it cannot work (no socket, no folder). Called before anything else; idempotent while open. */
  open(): Promise<void>;
  /** May this image be run here, by its pull policy? `pulled`: it was pulled for this very run; if it went since, it has to be pulled again. Quick: waits for no registry. */
  admit(container: Container, options: { readonly pulled: boolean }): Promise<Admission>;
  /**
   * Fetches an image; may take as long as its signal lets it. Null: it was fetched. A sentence: it could not be, and the one
   * that is here already may be run instead. Rejects with PULL_FAILED and the cause.
   */
  pull(image: string, signal: AbortSignal): Promise<string | null>;
  /**
   * The pod's shared surroundings: volumes, and in Docker the network. Idempotent while they are ready; else they are made
   * anew, which ends what still ran in the old ones. Rejects with PORT_TAKEN when a host port is another's.
   */
  ensureSandbox(sandbox: SandboxConfig): Promise<SandboxRecord>;
  /** Frees network and memory of a pod in which nothing will run any more; volumes, containers and logs stay. Idempotent. */
  stopSandbox(podUid: string): Promise<void>;
  /** With all that is left of the pod, also of one whose sandbox could not be made, or is gone. Idempotent, and cheap where there is nothing. */
  removeSandbox(podUid: string): Promise<void>;
  /** The newest of each pod; not ready, and perhaps without a name, one of which only volumes were there when the runtime was opened. */
  listSandboxes(): Promise<readonly SandboxRecord[]>;
  /** Rejects with CONFIG_REFUSED when the container may not be run as it is described. */
  create(config: ContainerConfig): Promise<ContainerRecord>;
  start(id: string): Promise<void>;
  stop(id: string, graceSeconds: number): Promise<void>;
  remove(id: string): Promise<void>;
  list(): Promise<readonly ContainerRecord[]>;
  inspect(id: string): Promise<ContainerRecord | null>;
  /** The last `tailLines`, oldest first. */
  logs(id: string, options: { tailLines: number }): Promise<readonly LogLine[]>;
  /** Exit code of a command run in the container's surroundings; rejects with TIMEOUT. For exec probes. */
  exec(id: string, command: readonly string[], timeoutSeconds: number): Promise<number>;
  /** Ids of containers and of sandboxes. */
  onChange(listener: (id: string) => void): () => void;
  /** Lets containers run on; frees what belongs to this process. */
  close(): Promise<void>;
}

export type Admission =
  | { readonly verdict: 'admitted' }
  /** It has to be fetched first. */
  | { readonly verdict: 'pull' }
  /** The waiting reason and message to show on the pod. */
  | { readonly verdict: 'refused'; readonly reason: string; readonly message: string };

export interface RuntimeCapabilities {
  /** "process", "docker", "fake". */
  readonly name: string;
  readonly version: string;
  /** The container's own network, so that two pods may use one port. */
  readonly podNetwork: boolean;
  readonly resourceLimits: boolean;
  /** Containers live on when this process dies. */
  readonly survivesRestart: boolean;
}

export interface ContainerIdentity {
  readonly podUid: string;
  readonly containerName: string;
  readonly attempt: number;
  readonly init: boolean;
}

export interface SandboxConfig {
  readonly podUid: string;
  readonly namespace: string;
  readonly podName: string;
  /** Volumes, network, ports: what the containers share. */
  readonly spec: PodSpec;
  /** What the pod is to call itself; null: anything will do, for nobody chose its name either. */
  readonly hostname: string | null;
}

export interface SandboxRecord {
  /** Another one when the surroundings were made anew. */
  readonly id: string;
  readonly podUid: string;
  readonly namespace: string;
  readonly podName: string;
  /** False: what runs in it has lost its network, and nothing can be started in it. */
  readonly ready: boolean;
  /** Null where pods have no network of their own. */
  readonly ip: string | null;
  /** It holds something that can be lost, and is given back by stopSandbox. */
  readonly perishable: boolean;
}

export interface ContainerConfig {
  readonly identity: ContainerIdentity;
  readonly namespace: string;
  readonly podName: string;
  readonly container: Container;
  /** The pod's: volumes that the container's mounts name, what holds unless the container says otherwise. */
  readonly spec: PodSpec;
  /** Variables podql adds: POD_NAME, POD_NAMESPACE, POD_UID, NODE_NAME, ATTEMPT … (PODQL_ in front). */
  readonly extraEnv: Readonly<Record<string, string>>;
  /** Kept with the container, handed back in its record: whatever the kubelet wants to find again (back-off step, spec hash). */
  readonly notes: Readonly<Record<string, string>>;
  /** The pod's annotations: the fake runtime reads its script from them. */
  readonly annotations: Readonly<Record<string, string>>;
}

export type ContainerPhase = 'created' | 'running' | 'exited';

export interface ContainerRecord {
  readonly id: string;
  readonly identity: ContainerIdentity;
  /** The sandbox it was made in. */
  readonly sandboxId: string;
  readonly namespace: string;
  readonly podName: string;
  readonly image: string;
  readonly notes: Readonly<Record<string, string>>;
  readonly phase: ContainerPhase;
  /** What ContainerStatus shows: "process://PID", "docker://ID". Null before start. */
  readonly containerID: string | null;
  /** What the runtime calls the image that runs, whatever the name means later: "sha256:…". Null before start, and where it does not say. */
  readonly imageID: string | null;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly startedAt: number | null;
  /** Null before it ended. Null of one that is exited: it was started, and somebody else has removed it; nobody knows how it ended. */
  readonly exit: ExitRecord | null;
}

export interface ExitRecord {
  /** As a shell reports it: 128 + signal for a signal. */
  readonly exitCode: number;
  readonly signal: number | null;
  /** Completed, Error, OOMKilled, StartError, ContainerStatusUnknown. */
  readonly reason: string;
  readonly message: string | null;
  readonly oomKilled: boolean;
  readonly finishedAt: number;
}

export type RuntimeErrorCode = 'ALREADY_EXISTS' | 'NOT_FOUND' | 'UNAVAILABLE' | 'TIMEOUT' | 'INVALID' | 'INTERNAL' | 'PULL_FAILED' | 'PORT_TAKEN' | 'DISK_FULL' | 'CONFIG_REFUSED';

export class RuntimeError extends Error {
  constructor(
    readonly code: RuntimeErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'RuntimeError';
  }
}
