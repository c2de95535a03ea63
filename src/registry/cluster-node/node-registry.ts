import type { ClusterNode } from '../../api/cluster-node';
import { isDeclaredLost } from '../../api/cluster-node';
import type { Loose } from '../../api/loose';
import type { ObjectRef } from '../../api/meta';
import type { Taint } from '../../api/taints';
import { timestamp } from '../../base/clock';
import { isApiError } from '../../errors/api-error';
import type { LeaseTable } from '../cache/lease-table';
import { canBeStored } from '../keys';
import type { RegistryOptions } from '../registry';
import { ObjectRegistry } from '../registry';
import type { ClusterNodeRegistry, DeleteOptions, Draft, DrainWish, WriteOptions } from '../types';
import type { NodeLeases } from './lease';
import { registerAgain } from './lease';
import { cordoned, drained, tainted } from './spec-changes';
import { healthTaintCauses } from './validation';

export interface NodeRegistryOptions extends RegistryOptions<'ClusterNode'> {
  readonly leases: NodeLeases;
  readonly table: LeaseTable;
}

/** The nodes: the generic registry, registration by their kubelets, and their leases. */
export class StoredNodes extends ObjectRegistry<'ClusterNode'> implements ClusterNodeRegistry {
  constructor(private readonly nodeOptions: NodeRegistryOptions) {
    super(nodeOptions);
  }

  /** The lease first: a node that is there without one would be taken for lost. */
  async register(draft: Draft<ClusterNode>, leaseDurationSeconds: number): Promise<{ node: ClusterNode; leaseDurationSeconds: number }> {
    await this.create(draft, { dryRun: true }).catch((error: unknown) => {
      if (!isApiError(error, 'ALREADY_EXISTS')) throw error;
    });
    const name = draft.name ?? '';
    const granted = await this.nodeOptions.leases.acquire(name, leaseDurationSeconds);
    const node = await this.createOrRefresh({ namespace: null, name }, draft);
    return { node, leaseDurationSeconds: granted };
  }

  cordon(ref: ObjectRef, unschedulable: boolean, options?: WriteOptions): Promise<ClusterNode> {
    return this.update(ref, (current) => cordoned(current, unschedulable), options);
  }

  drain(ref: ObjectRef, wish: DrainWish, options?: WriteOptions): Promise<ClusterNode> {
    const now = timestamp(this.options.clock);
    return this.update(ref, (current) => drained(current, wish, now), options);
  }

  // async, so that a refusal is a rejection and never thrown at the call
  async taint(ref: ObjectRef, taints: readonly Loose<Taint>[], options?: WriteOptions): Promise<ClusterNode> {
    this.refuse('update', ref, healthTaintCauses('spec.taints', taints));
    const now = timestamp(this.options.clock);
    return this.update(ref, (current) => tainted(current, taints, now), options);
  }

  updateTaints(ref: ObjectRef, change: (current: ClusterNode) => readonly Taint[], options?: WriteOptions): Promise<ClusterNode> {
    return this.systemChange(ref, 'update', (current) => ({ ...current, spec: { ...current.spec, taints: change(current) } }), options);
  }

  async renewLease(name: string): Promise<{ leaseDurationSeconds: number }> {
    const ref = { namespace: null, name };
    // A node that an administrator deleted must register again, though its lease may live on.
    const node = (canBeStored(ref) ? this.options.cache.lister.get(null, name) : undefined) ?? (await this.get(ref));
    // So must one that was declared lost a moment after its kubelet came back: that registration changed nothing, so the verdict,
    // judged before it, went in after it. What the kubelet says of its node only the kubelet knows.
    if (isDeclaredLost(node)) throw registerAgain(name, 'was declared lost');
    return { leaseDurationSeconds: await this.nodeOptions.leases.renew(name) };
  }

  lastHeartbeat(name: string): Promise<Date | null> {
    return this.nodeOptions.leases.lastRenewed(name);
  }

  onLease(handler: (name: string, alive: boolean) => void): () => void {
    return this.nodeOptions.table.subscribe(handler);
  }

  override async delete(ref: ObjectRef, options?: DeleteOptions): Promise<ClusterNode> {
    const deleted = await super.delete(ref, options);
    if (!options?.dryRun) await this.nodeOptions.leases.release(ref.name);
    return deleted;
  }

  private async createOrRefresh(ref: ObjectRef, draft: Draft<ClusterNode>): Promise<ClusterNode> {
    try {
      return await this.create(draft);
    } catch (error) {
      if (!isApiError(error, 'ALREADY_EXISTS')) throw error;
    }
    return this.systemChange(ref, 'update', (current) => {
      const wanted = this.options.rules.strategy.applyDraft(current, draft);
      const seen = { ...current, labels: wanted.labels, annotations: wanted.annotations, status: draft.status ?? current.status };
      return { ...seen, status: this.options.rules.strategy.prepareStatus(seen, current) };
    });
  }
}
