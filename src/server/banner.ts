export interface BannerFacts {
  readonly version: string;
  readonly url: string;
  readonly dataPlace: string;
  /** Null: no kubelet in this process. */
  readonly node: { readonly name: string; readonly runtime: string } | null;
  readonly access: 'local' | 'tokens';
}

const codes = { bold: 1, dim: 2, green: 32, cyan: 36 } as const;

/** What a person sees once the server is ready. Pure; colours only for a terminal. */
export function banner(facts: BannerFacts, options: { readonly colour: boolean }): string {
  const paint = (style: keyof typeof codes, text: string): string =>
    options.colour ? `\u001b[${codes[style]}m${text}\u001b[0m` : text;
  const row = (label: string, value: string): string => `  ${paint('dim', label.padEnd(11))} ${value}`;
  const query = '{ pods { nodes { name ready restartCount status { phase reason } } } }';
  const header = facts.access === 'tokens' ? ` -H 'authorization: Bearer YOUR-TOKEN'` : '';
  const body = JSON.stringify({ query });
  return [
    '',
    `  ${paint('green', paint('bold', 'podql'))} ${facts.version} is ready`,
    '',
    row('Playground', paint('cyan', `${facts.url}/graphql`)),
    row('API', `${facts.url}/graphql   (WebSocket at the same address)`),
    row('Data', facts.dataPlace),
    row('Node', facts.node ? `${facts.node.name}, runs ${runtimeWords(facts.node.runtime)}` : 'none in this process: join one with podql kubelet'),
    row('Access', facts.access === 'local' ? 'this machine only, no token needed' : 'by token (Authorization: Bearer …)'),
    '',
    '  A first query, for another terminal:',
    '',
    `    ${paint('bold', `curl -s ${facts.url}/graphql -H 'content-type: application/json'${header} -d '${body}'`)}`,
    '',
    `  ${paint('dim', 'Ctrl-C stops the server. Pods run on; the next start finds them again.')}`,
    '',
    '',
  ].join('\n');
}

function runtimeWords(runtime: string): string {
  return runtime === 'process' ? 'pods as local processes' : `pods with ${runtime}`;
}
