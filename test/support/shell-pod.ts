/** Inputs of createPod and createReplicationController for pods that run a shell command on the host. */
export function shellContainer(script: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { name: 'main', image: 'host', command: ['/bin/sh', '-c', script], ...more };
}

export function shellPod(name: string, script: string, spec: Record<string, unknown> = {}, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { name, spec: { containers: [shellContainer(script)], terminationGracePeriodSeconds: 1, ...spec }, ...more };
}

export function shellController(name: string, replicas: number, labels: Record<string, string>, script = 'exec sleep 100000'): Record<string, unknown> {
  return {
    name,
    spec: { replicas, selector: labels, template: { labels, spec: { containers: [shellContainer(script)], terminationGracePeriodSeconds: 1 } } },
  };
}

export const createPod = `mutation ($input: CreatePodInput!) { createPod(input: $input) { pod { namespace name uid resourceVersion generation } } }`;
export const createController = `mutation ($input: CreateReplicationControllerInput!) { createReplicationController(input: $input) { replicationController { name uid resourceVersion } } }`;
export const scaleController = `mutation ($input: ScaleReplicationControllerInput!) { scaleReplicationController(input: $input) { replicationController { name spec { replicas } } } }`;
export const deletePod = `mutation ($input: DeletePodInput!) { deletePod(input: $input) { pod { name deletionTimestamp } } }`;
export const updatePod = `mutation ($input: UpdatePodInput!) { updatePod(input: $input) { pod { name generation resourceVersion labels } } }`;
