import { Arg, Authorized, Ctx, FieldResolver, Int, Mutation, Resolver, Root, Subscription } from 'type-graphql';
import type { SubscribeResolverData } from 'type-graphql';
import type * as api from '../api/pod';
import { ApiError } from '../errors/api-error';
import type { Role } from './authorisation';
import { requireNode } from './authorisation';
import type { RequestContext } from './context';
import { AnswerPodLogRequestInput } from './inputs/pod-status';
import { PodLogRequest } from './types/change';
import { AnswerPodLogRequestPayload } from './types/payload';
import { LogLine, Pod } from './types/pod';
import type { StreamItem } from './watch';
import { subscribeTo, unwrap } from './watch';

const mostLines = 10_000;

/** Logs stay on the node: the question goes to the pod's kubelet over the connection that it opened (ADR 0004). */
@Resolver(() => Pod)
export class PodLogsResolver {
  @FieldResolver(() => [LogLine], {
    nullable: true,
    description:
      'The last lines that a container wrote, oldest first. Empty while the pod has no node. Null, with an error on this field, when they cannot be read: NOT_FOUND if there is no such container or attempt, SERVICE_UNAVAILABLE while the kubelet of its node is not connected.',
  })
  async logs(
    @Root() pod: api.Pod,
    @Ctx() { logRequests, signal }: RequestContext,
    @Arg('container', () => String, { nullable: true, description: 'Which container; the first of the spec if left out.' }) container?: string | null,
    @Arg('tailLines', () => Int, { nullable: true, defaultValue: 100, description: 'How many lines at most, up to 10,000.' }) tailLines?: number | null,
    @Arg('attempt', () => Int, { nullable: true, description: 'Only lines of this run, 0 is the first; of all that are kept if left out.' }) attempt?: number | null,
  ): Promise<readonly api.LogLine[]> {
    const lines = checkedLines(tailLines ?? 100);
    const name = containerName(pod, container);
    if (pod.spec.nodeName === null || lines === 0) return [];
    const question = { pod: titleOf(pod), podUid: pod.uid, container: name, tailLines: lines, attempt: attempt ?? null };
    return (await logRequests.ask(pod.spec.nodeName, question, signal)).slice(-lines);
  }

  @Authorized<Role>('NODE')
  @Subscription(() => PodLogRequest, {
    description: 'For kubelets: questions for logs of pods of this node. One listener per node; a later one takes over.',
    subscribe({ args, context }: SubscribeResolverData<unknown, { nodeName: string }, RequestContext>) {
      requireNode(context.caller, args.nodeName, 'podLogRequests');
      return subscribeTo((signal) => context.logRequests.listen(args.nodeName, signal), (request) => request, context.signal);
    },
  })
  podLogRequests(
    @Root() item: StreamItem<PodLogRequest>,
    @Arg('nodeName', () => String, { description: 'The node.' }) _nodeName: string,
  ): PodLogRequest {
    return unwrap(item);
  }

  @Authorized<Role>('NODE')
  @Mutation(() => AnswerPodLogRequestPayload, { description: 'For kubelets: the answer to a question of podLogRequests.' })
  answerPodLogRequest(
    @Arg('input', () => AnswerPodLogRequestInput, { description: 'The lines, or why there are none.' }) input: AnswerPodLogRequestInput,
    @Ctx() { caller, logRequests }: RequestContext,
  ): AnswerPodLogRequestPayload {
    const nodeName = logRequests.nodeOf(input.requestId);
    if (nodeName === undefined) return { accepted: false };
    requireNode(caller, nodeName, 'answerPodLogRequest');
    const lines = input.lines.map(({ time, stream, text, attempt }) => ({ time, stream: stream === 'stderr' ? 'stderr' : 'stdout', text, attempt }) as const);
    return { accepted: logRequests.answer(input.requestId, { lines, error: input.error ?? null, keptAttempts: input.keptAttempts ?? null }) };
  }
}

function checkedLines(tailLines: number): number {
  if (tailLines >= 0 && tailLines <= mostLines) return tailLines;
  throw new ApiError('BAD_USER_INPUT', `tailLines must be from 0 to ${mostLines}; ${tailLines} is not.`);
}

function containerName(pod: api.Pod, wanted: string | null | undefined): string {
  const names = [...pod.spec.initContainers, ...pod.spec.containers].map((container) => container.name);
  const name = wanted ?? pod.spec.containers[0]?.name;
  if (name !== undefined && names.includes(name)) return name;
  throw new ApiError('NOT_FOUND', `cannot read logs of pod ${titleOf(pod)}: it has no container ${JSON.stringify(wanted)}; it has ${names.join(', ')}.`);
}

function titleOf(pod: api.Pod): string {
  return `${pod.namespace}/${pod.name}`;
}
