/**
 * The house: which room a file is in, and which rooms a room may import. Moving a room changes one line here.
 * The first pattern that fits wins, so inner rooms stand before outer ones.
 */
export const rooms = [
  ['errors-graphql', 'src/errors/graphql.ts'],
  ['base', 'src/base/**/*'],
  ['api', 'src/api/**/*'],
  ['errors', 'src/errors/**/*'],
  ['store-memory', 'src/registry/store/memory/**/*'],
  ['store-embedded', 'src/registry/store/embedded/**/*'],
  ['store-etcd', 'src/registry/store/etcd/**/*'],
  ['store', 'src/registry/store/*'],
  ['cache', 'src/registry/cache/**/*'],
  ['manifest', 'src/registry/manifest/**/*'],
  ['pod-spec', 'src/registry/pod-spec/**/*'],
  ['kind-pod', 'src/registry/pod/**/*'],
  ['kind-replication-controller', 'src/registry/replication-controller/**/*'],
  ['kind-cluster-node', 'src/registry/cluster-node/**/*'],
  ['registry', 'src/registry/*'],
  ['controllers', 'src/controllers/**/*'],
  ['resolvers', 'src/resolvers/**/*'],
  ['client', 'src/client/**/*'],
  ['runtime-process', 'src/kubelet/runtime/process/**/*'],
  ['runtime-docker', 'src/kubelet/runtime/docker/**/*'],
  ['runtime-fake', 'src/kubelet/runtime/fake/**/*'],
  ['runtime', 'src/kubelet/runtime/*'],
  ['kubelet', 'src/kubelet/*'],
  ['playground', 'src/playground/**/*'],
  ['cli', 'src/cli/**/*'],
  ['server-parts', 'src/server/**/*'],
  ['server', 'src/server.ts'],
  // Wires two stores as server.ts wires one: nobody else knows the backends and the codec of what lies in them.
  ['server', 'src/store-copy.ts'],
];

const kinds = ['kind-pod', 'kind-replication-controller', 'kind-cluster-node'];

/** room → { may: rooms it imports, types: rooms it may import types from, why: the reason shown when it is broken } */
export const directions = {
  base: { may: [], why: 'base has no domain and stands at the bottom' },
  api: { may: [], why: 'the vocabulary imports nothing' },
  errors: { may: [], types: ['api'], why: 'errors are known to every room, so they know none' },
  'errors-graphql': { may: ['errors', 'base'], types: ['api'], why: 'errors/graphql.ts only translates' },
  store: { may: ['base', 'errors', 'store-memory', 'store-embedded', 'store-etcd'], why: 'the store does not know what a pod is' },
  'store-memory': { may: ['base', 'errors', 'store'], why: 'a backend knows the store interface only' },
  'store-embedded': { may: ['base', 'errors', 'store'], why: 'a backend knows the store interface only' },
  'store-etcd': { may: ['base', 'errors', 'store'], why: 'a backend knows the store interface only' },
  cache: { may: ['base', 'api', 'errors', 'registry'], types: ['store'], why: 'the cache sees the store by its interface' },
  manifest: { may: ['base', 'api', 'errors', 'registry', 'pod-spec', ...kinds], why: 'manifests become drafts, nothing more' },
  'pod-spec': { may: ['base', 'api', 'errors', 'registry'], why: 'the rules of pod specs serve pods and pod templates alike' },
  'kind-pod': { may: ['base', 'api', 'errors', 'registry', 'cache', 'pod-spec'], types: ['store'], why: 'a kind never imports another kind' },
  'kind-replication-controller': { may: ['base', 'api', 'errors', 'registry', 'cache', 'pod-spec'], types: ['store'], why: 'a kind never imports another kind' },
  'kind-cluster-node': { may: ['base', 'api', 'errors', 'registry', 'cache', 'pod-spec'], types: ['store'], why: 'a kind never imports another kind' },
  registry: { may: ['base', 'api', 'errors', 'cache', ...kinds], types: ['store'], why: 'the registry sees the store by its interface' },
  controllers: { may: ['base', 'api', 'errors', 'registry'], why: 'controllers reach storage through the registry only' },
  resolvers: { may: ['base', 'api', 'errors', 'errors-graphql', 'registry', 'manifest', 'kind-pod', 'pod-spec'], why: 'resolvers translate, authorise and delegate' },
  client: { may: ['base', 'api', 'errors'], types: ['resolvers'], why: 'the client knows the API: its words and its schema' },
  runtime: { may: ['base', 'api', 'errors', 'runtime-process', 'runtime-docker', 'runtime-fake'], why: 'a runtime runs containers and decides nothing' },
  'runtime-process': { may: ['base', 'api', 'errors', 'runtime'], why: 'a runtime runs containers and decides nothing' },
  'runtime-docker': { may: ['base', 'api', 'errors', 'runtime'], why: 'a runtime runs containers and decides nothing' },
  'runtime-fake': { may: ['base', 'api', 'errors', 'runtime'], why: 'a runtime runs containers and decides nothing' },
  kubelet: { may: ['base', 'api', 'errors', 'client', 'runtime'], why: 'the kubelet knows the API: its words and its schema' },
  playground: { may: [], types: ['api'], why: 'browser code talks GraphQL only' },
  cli: { may: ['base', 'api', 'errors', 'client', 'server', 'server-parts', 'kubelet'], why: 'the command line starts programs or talks GraphQL' },
  'server-parts': { may: ['base', 'api', 'errors', 'errors-graphql', 'registry', 'resolvers', 'client'], why: 'parts of the server are wired by server.ts' },
  server: {
    may: ['base', 'api', 'errors', 'errors-graphql', 'registry', 'store', 'controllers', 'resolvers', 'client', 'kubelet', 'runtime', 'server-parts', 'kind-pod'],
    why: 'server.ts and store-copy.ts are the composition roots',
  },
};

/** Third-party doors: package → the rooms that may import it. */
export const doors = {
  'classic-level': ['store-embedded'],
  etcd3: ['store-etcd'],
  '@grpc/grpc-js': ['store-etcd'],
  cockatiel: ['store-etcd', 'runtime-docker'],
  dockerode: ['runtime-docker'],
  'tar-stream': ['runtime-docker'],
  'type-graphql': ['resolvers'],
  dataloader: ['resolvers'],
  'graphql-scalars': ['resolvers'],
  'graphql-query-complexity': ['resolvers'],
  graphql: ['resolvers', 'client', 'errors-graphql', 'server-parts', 'server', 'playground'],
  'graphql-ws': ['server-parts', 'client', 'playground'],
  ws: ['server-parts', 'client'],
  '@apollo/server': ['server-parts', 'server'],
  fastify: ['server-parts', 'server'],
  yaml: ['manifest', 'server-parts', 'cli'],
  commander: ['cli'],
  pino: ['server-parts'],
  'prom-client': ['server-parts'],
};
