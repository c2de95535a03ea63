import type { LogLine } from '../../api/pod';
import { ApiError, isApiError } from '../../errors/api-error';
import type { ErrorCode } from '../../errors/codes';
import { isStoreError } from '../../errors/store-error';
import type { Post } from '../post';
import type { LogQuestion, LogRequests } from './log-requests';

export interface RemoteLogsOptions {
  readonly post: Pick<Post, 'ask' | 'serve'>;
  /** Null: the node's kubelet is connected to no server. */
  readonly lastHeartbeat: (nodeName: string) => Promise<Date | null>;
}

type Letter = { readonly lines: readonly LogLine[] } | { readonly code: ErrorCode; readonly message: string; readonly retryAfterSeconds?: number };

/** Milliseconds: longer than the other server waits for its kubelet. */
const patience = 11_000;
/** An answer must fit into a value of the store. */
const mostCharacters = 300_000;

/** Logs of nodes whose kubelet is connected to another server: asked of that server by post (ADR 0004). */
export class RemoteLogs {
  constructor(private readonly options: RemoteLogsOptions) {}

  /** As LogRequests.ask. Very long answers lose their oldest lines. */
  async ask(nodeName: string, question: LogQuestion, signal: AbortSignal): Promise<readonly LogLine[]> {
    const { post, lastHeartbeat } = this.options;
    if ((await lastHeartbeat(nodeName)) === null) {
      throw unavailable(`the kubelet of node ${nodeName} is not connected, so its logs cannot be read now; try again when the node is ready`);
    }
    const answer = await post.ask(nodeName, JSON.stringify(question), { milliseconds: patience, signal }).catch((error: unknown) => {
      if (!isStoreError(error)) throw error;
      throw unavailable(`the server that the kubelet of node ${nodeName} is connected to did not answer; try again`);
    });
    const letter = JSON.parse(answer) as Letter;
    if ('lines' in letter) return letter.lines;
    throw new ApiError(letter.code, letter.message, { retryAfterSeconds: letter.retryAfterSeconds });
  }

  /** Answers for the kubelets that are connected here. */
  serve(here: LogRequests, signal: AbortSignal): Promise<void> {
    return this.options.post.serve(
      {
        isHere: (nodeName) => here.hears(nodeName),
        answer: async (nodeName, text, ending) => JSON.stringify(await this.letterFor(here, nodeName, { text, ending })),
      },
      signal,
    );
  }

  private async letterFor(here: LogRequests, nodeName: string, { text, ending }: { text: string; ending: AbortSignal }): Promise<Letter> {
    try {
      return { lines: newest(await here.ask(nodeName, JSON.parse(text) as LogQuestion, ending)) };
    } catch (error) {
      if (!isApiError(error)) throw error;
      return { code: error.code, message: error.message, retryAfterSeconds: error.retryAfterSeconds };
    }
  }
}

function newest(lines: readonly LogLine[]): readonly LogLine[] {
  let characters = 0;
  let first = lines.length;
  while (first > 0) {
    characters += (lines[first - 1]?.text.length ?? 0) + 100;
    if (characters > mostCharacters) break;
    first -= 1;
  }
  return lines.slice(first);
}

function unavailable(message: string): ApiError {
  return new ApiError('SERVICE_UNAVAILABLE', message, { retryAfterSeconds: 2 });
}
