export interface Tab {
  readonly query: string;
  readonly variables?: string;
  readonly headers?: string;
}

const look = `# What runs here. Press the button at the right (or Ctrl-Enter).
query Everything {
  version { version }
  clusterNodes {
    nodes { name ready info { runtime } }
  }
  replicationControllers {
    nodes {
      namespace name
      spec { replicas }
      currentReplicas readyReplicas
    }
  }
  pods {
    totalCount
    nodes {
      namespace name ready restartCount
      status { phase reason }
      logs(tailLines: 3) { time text }
    }
  }
}
`;

const create = `# Starts two copies of a small program (see the variables
# below) and keeps two running. Watch it in the next tab.
mutation KeepTwoRunning(
  $input: CreateReplicationControllerInput!
) {
  createReplicationController(input: $input) {
    replicationController { namespace name resourceVersion }
  }
}
`;

const createVariables = {
  input: {
    name: 'hello',
    spec: {
      replicas: 2,
      selector: { app: 'hello' },
      template: {
        labels: { app: 'hello' },
        spec: {
          containers: [
            { name: 'hello', image: 'host', command: ['sh', '-c', 'while true; do echo "hello from $PODQL_POD_NAME"; sleep 2; done'] },
          ],
        },
      },
    },
  },
};

const watch = `# What is there now, then every change as it happens.
# Stop it with the button; \`since\` resumes from a resourceVersion.
subscription Watch {
  podChanges {
    type
    resourceVersion
    pod { name ready restartCount status { phase reason } }
  }
}
`;

/** With --token-file: the token goes here. Its two slashes make it a comment until you remove them. */
const tokenHint = `{
  // "authorization": "Bearer YOUR-TOKEN"
}
`;

export const firstTabs: Tab[] = [
  { query: look, headers: tokenHint },
  { query: create, variables: JSON.stringify(createVariables, null, 2), headers: tokenHint },
  { query: watch, headers: tokenHint },
];
