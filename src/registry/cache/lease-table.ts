import type { Logger } from '../../base/logger';
import type { LeaseId } from '../store/store';

export type LeaseHandler = (nodeName: string, alive: boolean) => void;

/** Which nodes have a living lease, as the feed has it. Renewals are not seen here: they change nothing in the store (D7). */
export class LeaseTable {
  private readonly leases = new Map<string, LeaseId>();
  private readonly handlers = new Set<{ readonly handle: LeaseHandler }>();
  private isSynced = false;

  constructor(private readonly logger: Logger) {}

  get(nodeName: string): LeaseId | undefined {
    return this.leases.get(nodeName);
  }

  names(): readonly string[] {
    return [...this.leases.keys()];
  }

  /** Calls back for each living lease at once, then whenever one appears or is gone. */
  subscribe(handle: LeaseHandler): () => void {
    const entry = { handle };
    this.handlers.add(entry);
    if (this.isSynced) for (const name of this.leases.keys()) this.call(handle, name, true);
    return () => void this.handlers.delete(entry);
  }

  /** Null: it is gone. True when a lease appeared or disappeared (not when one took another's place). */
  put(nodeName: string, lease: LeaseId | null): boolean {
    const had = this.leases.has(nodeName);
    if (lease === null) this.leases.delete(nodeName);
    else this.leases.set(nodeName, lease);
    return had !== (lease !== null);
  }

  markSynced(): void {
    if (this.isSynced) return;
    this.isSynced = true;
    for (const name of this.leases.keys()) this.tell(name);
  }

  tell(nodeName: string): void {
    if (!this.isSynced) return;
    const alive = this.leases.has(nodeName);
    for (const entry of [...this.handlers]) if (this.handlers.has(entry)) this.call(entry.handle, nodeName, alive);
  }

  private call(handle: LeaseHandler, nodeName: string, alive: boolean): void {
    try {
      handle(nodeName, alive);
    } catch (error) {
      this.logger.error('a lease handler failed', { error, node: nodeName, alive });
    }
  }
}
