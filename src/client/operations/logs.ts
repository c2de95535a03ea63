import type { LogLine } from '../../api/pod';
import type { Operation } from '../client';

/** Lines of one container, wanted by somebody who asks the server. */
export interface PodLogRequest {
  readonly requestId: string;
  readonly podUid: string;
  readonly container: string;
  readonly tailLines: number;
  /** Null: of all runs that are there. */
  readonly attempt: number | null;
}

export const podLogRequests: Operation<{ readonly podLogRequests: PodLogRequest }, { readonly nodeName: string }> = {
  name: 'PodLogRequests',
  document: /* GraphQL */ `
    subscription PodLogRequests($nodeName: String!) {
      podLogRequests(nodeName: $nodeName) {
        requestId
        podUid
        container
        tailLines
        attempt
      }
    }
  `,
};

export interface PodLogAnswer {
  readonly lines: readonly LogLine[];
  /** Why there are no lines, if they could not be read. */
  readonly error: string | null;
  /** If the run that was asked for is not here: those of that container that are. */
  readonly keptAttempts: readonly number[] | null;
}

export interface AnswerPodLogRequestVariables {
  readonly input: { readonly requestId: string } & PodLogAnswer;
}

export const answerPodLogRequest: Operation<{ readonly answerPodLogRequest: { readonly accepted: boolean } }, AnswerPodLogRequestVariables> = {
  name: 'AnswerPodLogRequest',
  document: /* GraphQL */ `
    mutation AnswerPodLogRequest($input: AnswerPodLogRequestInput!) {
      answerPodLogRequest(input: $input) {
        accepted
      }
    }
  `,
};
