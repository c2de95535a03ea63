import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import { timestamp } from '../base/clock';
import type { Pod } from '../api/pod';
import { ApiError, isApiError } from '../errors/api-error';
import type { Role } from './authorisation';
import { requireNode } from './authorisation';
import type { RequestContext } from './context';
import { RegisterClusterNodeInput, RenewClusterNodeLeaseInput } from './inputs/cluster-node';
import type { PodStatusUpdateInput } from './inputs/pod-status';
import { UpdatePodStatusesInput } from './inputs/pod-status';
import { nodeStatusFrom, podStatusFrom } from './kubelet-reports';
import { type PodStatusUpdateResult, RegisterClusterNodePayload, RenewClusterNodeLeasePayload, UpdatePodStatusesPayload } from './types/payload';

const mostStatuses = 500;
const longestLease = 3600;

/** What only kubelets call. */
@Resolver()
export class KubeletResolver {
  @Authorized<Role>('NODE')
  @Mutation(() => RegisterClusterNodePayload, {
    description: 'For kubelets: creates the node or brings it up to date, and takes out its lease. Whether it is cordoned stays as it is.',
  })
  async registerClusterNode(
    @Arg('input', () => RegisterClusterNodeInput, { description: 'The node.' }) input: RegisterClusterNodeInput,
    @Ctx() { caller, registries, loaders, clock }: RequestContext,
  ): Promise<RegisterClusterNodePayload> {
    requireNode(caller, input.name, 'registerClusterNode');
    const present = registries.clusterNodes.informer.lister.get(null, input.name);
    const { node, leaseDurationSeconds } = await registries.clusterNodes.register(
      {
        name: input.name,
        generateName: null,
        namespace: null,
        labels: input.labels ?? present?.labels ?? {},
        annotations: input.annotations ?? present?.annotations ?? {},
        spec: {},
        status: nodeStatusFrom(input, present, timestamp(clock)),
      },
      checkedLease(input.leaseDurationSeconds),
    );
    loaders.forget();
    return { clusterNode: node, leaseDurationSeconds };
  }

  @Authorized<Role>('NODE')
  @Mutation(() => RenewClusterNodeLeasePayload, {
    description: 'For kubelets: a sign of life. Writes no version and wakes no subscriber. NOT_FOUND: register again.',
  })
  async renewClusterNodeLease(
    @Arg('input', () => RenewClusterNodeLeaseInput, { description: 'The node.' }) input: RenewClusterNodeLeaseInput,
    @Ctx() { caller, registries }: RequestContext,
  ): Promise<RenewClusterNodeLeasePayload> {
    requireNode(caller, input.name, 'renewClusterNodeLease');
    const { leaseDurationSeconds } = await registries.clusterNodes.renewLease(input.name);
    return { clusterNode: await registries.clusterNodes.get({ namespace: null, name: input.name }), leaseDurationSeconds };
  }

  @Authorized<Role>('NODE')
  @Mutation(() => UpdatePodStatusesPayload, {
    description: 'For kubelets: statuses of pods of one node. Each is applied or refused by itself: one result per status.',
  })
  async updatePodStatuses(
    @Arg('input', () => UpdatePodStatusesInput, { description: 'The node and the statuses.' }) input: UpdatePodStatusesInput,
    @Ctx() context: RequestContext,
  ): Promise<UpdatePodStatusesPayload> {
    const { nodeName, statuses } = input;
    requireNode(context.caller, nodeName, 'updatePodStatuses');
    if (statuses.length > mostStatuses) {
      throw new ApiError('BAD_USER_INPUT', `updatePodStatuses takes at most ${mostStatuses} statuses; ${statuses.length} are given. Nothing was changed.`, {
        outcome: 'notApplied',
      });
    }
    const results = await Promise.all(statuses.map((update) => updateOne(context, nodeName, update)));
    context.loaders.forget();
    return { results };
  }
}

async function updateOne({ registries, clock }: RequestContext, nodeName: string, update: PodStatusUpdateInput): Promise<PodStatusUpdateResult> {
  const { namespace, name, uid } = update;
  // In the same words whatever is the case: of pods that are not its own a kubelet is not to know whether they exist.
  const notHere = (): ApiError => new ApiError('NOT_FOUND', `there is no pod ${namespace}/${name} with uid ${uid} on node ${nodeName}. Nothing was changed.`, { outcome: 'notApplied' });
  const change = (current: Pod): Pod => {
    if (current.uid !== uid || current.spec.nodeName !== nodeName) throw notHere();
    return { ...current, status: podStatusFrom(update.status, current.status, timestamp(clock)) };
  };
  try {
    const pod = await registries.pods.updateStatus({ namespace, name }, change);
    return { namespace, name, uid, pod, code: null, message: null };
  } catch (error) {
    // Also what is stored and cannot be read, of which the registry's log says more: the others of the node are not to wait for it.
    if (!isApiError(error)) throw error;
    const { code, message } = error.code === 'NOT_FOUND' ? notHere() : error;
    return { namespace, name, uid, pod: null, code, message };
  }
}

function checkedLease(seconds: number): number {
  if (seconds >= 1 && seconds <= longestLease) return seconds;
  throw new ApiError('BAD_USER_INPUT', `leaseDurationSeconds must be from 1 to ${longestLease}; ${seconds} is not.`, { outcome: 'notApplied' });
}
