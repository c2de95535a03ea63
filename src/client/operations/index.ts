import type { Operation } from '../client';
import { recordEvents } from './events';
import { answerPodLogRequest, podLogRequests } from './logs';
import { registerClusterNode, renewClusterNodeLease } from './nodes';
import { updatePodStatuses } from './pod-statuses';
import { deletePod, podChanges } from './pods';

/** Every document there is: a test validates each against schema.graphql. */
export const operations: readonly Pick<Operation<unknown, object>, 'name' | 'document'>[] = [
  podChanges,
  deletePod,
  updatePodStatuses,
  recordEvents,
  registerClusterNode,
  renewClusterNodeLease,
  podLogRequests,
  answerPodLogRequest,
];
