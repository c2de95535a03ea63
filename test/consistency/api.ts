import type { Call, Outcome, PodState } from './history';

/** Longer than any deadline of the server, so that what it knows of an outcome is heard. */
const patience = 12_000;
const fields = 'name uid resourceVersion labels annotations';

interface PodFields {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Reply {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string; readonly outcome?: string } }[];
  readonly extensions?: { readonly stale?: unknown };
}

export const changesDocument = `subscription ($since: ResourceVersion) {
  podChanges(namespace: "default", since: $since) { type resourceVersion pod { ${fields} } }
}`;

/** One call over HTTP, and what is known of it afterwards. Never tried again here. */
export async function perform(url: string, call: Call): Promise<Outcome> {
  const { document, variables } = requestFor(call);
  const isWrite = call.verb !== 'read' && call.verb !== 'list';
  let reply: Reply;
  try {
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json' },
      body: JSON.stringify({ query: document, variables }),
      signal: AbortSignal.timeout(patience),
    });
    reply = (await answer.json()) as Reply;
  } catch (error) {
    return connectionLost(error);
  }
  const [failure] = reply.errors ?? [];
  if (failure) {
    const { code = 'NONE', outcome } = failure.extensions ?? {};
    if (call.verb === 'read' && code === 'NOT_FOUND') return { kind: 'absent', stale: reply.extensions?.stale !== undefined };
    // Of a write that does not say it, nothing is known.
    return isWrite && outcome !== 'notApplied' ? { kind: 'unknown', code } : { kind: 'refused', code };
  }
  return outcomeOf(call, reply);
}

export function podOf({ name, uid, resourceVersion, labels, annotations }: PodFields): PodState {
  return { name, uid, version: Number(resourceVersion), labels, annotations };
}

export type { PodFields };

/** Where nobody listened nothing can have happened. */
function connectionLost(error: unknown): Outcome {
  // fetch's errors are of another realm in jest: nothing but their fields can be asked.
  const { name, cause } = error as { readonly name: string; readonly cause?: { readonly code?: string; readonly name: string } };
  const code = cause?.code ?? cause?.name ?? name;
  return code === 'ECONNREFUSED' ? { kind: 'refused', code } : { kind: 'unknown', code };
}

function outcomeOf(call: Call, { data, extensions }: Reply): Outcome {
  const [answer] = Object.values(data ?? {});
  const stale = extensions?.stale !== undefined;
  if (call.verb === 'list') {
    const { resourceVersion, nodes } = answer as { resourceVersion: string; nodes: PodFields[] };
    return { kind: 'listed', version: Number(resourceVersion), pods: nodes.map(podOf), stale };
  }
  if (call.verb === 'read') return { kind: 'found', pod: podOf(answer as PodFields), stale };
  return { kind: 'written', pod: podOf((answer as { pod: PodFields }).pod) };
}

function requestFor(call: Call): { document: string; variables: object } {
  if (call.verb === 'read') return { document: `query ($name: String!) { pod(name: $name) { ${fields} } }`, variables: { name: call.name } };
  if (call.verb === 'list') return { document: `{ pods(namespace: "default", first: 1000) { resourceVersion nodes { ${fields} } } }`, variables: {} };
  const word = `${call.verb[0]?.toUpperCase()}${call.verb.slice(1)}`;
  return { document: `mutation ($input: ${word}PodInput!) { ${call.verb}Pod(input: $input) { pod { ${fields} } } }`, variables: { input: inputFor(call) } };
}

function inputFor(call: Exclude<Call, { verb: 'read' | 'list' }>): object {
  if (call.verb === 'create') {
    const { name, uid, labels } = call;
    return { name, uid, labels, spec: { containers: [{ name: 'main', image: 'host', command: ['sleep', '1'] }] } };
  }
  const { name, uid, precondition } = call;
  const resourceVersion = precondition === undefined ? undefined : String(precondition);
  if (call.verb === 'delete') return { name, uid, resourceVersion, gracePeriodSeconds: 0 };
  return { name, uid, resourceVersion, labels: call.labels, annotations: call.annotations };
}
