import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';

export interface GraphQLReply<Data = Record<string, never>> {
  readonly status: number;
  readonly data: Data;
  readonly errors?: readonly GraphQLReplyError[];
}

export interface GraphQLReplyError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: {
    readonly code: string;
    readonly reason?: string;
    readonly status?: number;
    readonly retryable?: boolean;
    readonly outcome?: string;
    readonly requestId?: string;
    readonly details?: {
      readonly causes?: readonly { field: string; reason: string; message: string }[];
      readonly currentResourceVersion?: string;
    };
  };
}

/** A client as a user of the API would write one: fetch, and graphql-ws for subscriptions. No part of podql. */
export class TestClient {
  private readonly sockets: Client[] = [];

  constructor(
    readonly url: string,
    private readonly token?: string,
  ) {}

  async send<Data>(query: string, variables: Record<string, unknown> = {}): Promise<GraphQLReply<Data>> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(30_000),
    });
    const body = (await response.json()) as Omit<GraphQLReply<Data>, 'status'>;
    return { status: response.status, ...body };
  }

  /** The data, or a failed test with the errors in its message. */
  async ask<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const reply = await this.send<Data>(query, variables);
    if (reply.errors) throw new Error(`unexpected errors: ${JSON.stringify(reply.errors, null, 2)}`);
    return reply.data;
  }

  /** Asks again until the data satisfies; fails with the last answer after the time. */
  async until<Data>(
    query: string,
    satisfied: (data: Data) => boolean,
    options: { variables?: Record<string, unknown>; milliseconds?: number } = {},
  ): Promise<Data> {
    const end = Date.now() + (options.milliseconds ?? 20_000);
    for (;;) {
      const reply = await this.send<Data>(query, options.variables);
      if (reply.data && satisfied(reply.data)) return reply.data;
      if (Date.now() > end) throw new Error(`never satisfied; last answer: ${JSON.stringify(reply, null, 2)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Results of one subscription, each its `data`'s only field. Leaving the loop ends it. One attempt, no reconnect. */
  async *subscribe<Item>(query: string, variables: Record<string, unknown> = {}): AsyncGenerator<Item> {
    const client = createClient({
      url: `${this.url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      lazy: true,
      ...(this.token ? { connectionParams: { authorization: `Bearer ${this.token}` } } : {}),
    });
    this.sockets.push(client);
    try {
      for await (const result of client.iterate<Record<string, Item>>({ query, variables })) {
        if (result.errors) throw new SubscriptionError(result.errors as unknown as GraphQLReplyError[]);
        const [item] = Object.values(result.data ?? {});
        if (item !== undefined) yield item;
      }
    } finally {
      await client.dispose();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.sockets.map((socket) => socket.dispose()));
  }
}

export class SubscriptionError extends Error {
  constructor(readonly errors: readonly GraphQLReplyError[]) {
    super(JSON.stringify(errors));
  }
}
