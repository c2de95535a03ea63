import { containerLabels, identityOf, notesOf } from '../../../../../src/kubelet/runtime/docker/labels';
import { containerName, namesToTry, podOfSandbox, sandboxName } from '../../../../../src/kubelet/runtime/docker/names';
import { aContainer, aPodSpec } from '../../../../support/builders';

const identity = { podUid: '0c5f-uid', containerName: 'main', attempt: 3, init: true };
const pod = { podUid: '0c5f-uid', podName: 'web.a-1', namespace: 'team-a' };

describe('names', () => {
  test('of a container are made of its identity', () => {
    expect(containerName({ identity, ...pod })).toBe('podql_main_web.a-1_team-a_0c5f-uid_3');
  });

  test('of a sandbox say whose it is, also a second choice', () => {
    for (const name of namesToTry(sandboxName(pod, 2))) expect(podOfSandbox(`/${name}`)).toEqual(pod);
  });

  test.each(['/podql_prepared_1234abcd', '/podql_main_web_default_uid_0', '/somebody'])('%s is no sandbox of a pod', (name) => {
    expect(podOfSandbox(name)).toBeNull();
  });
});

describe('labels', () => {
  const owner = { runtimeId: 'r', nodeName: 'node-a' };
  const config = { identity, ...pod, spec: aPodSpec(), container: aContainer(), extraEnv: {}, annotations: {}, notes: { step: '2', text: 'äöü "quoted"' } };

  test('give identity and notes back', () => {
    const labels = containerLabels(owner, config, { sandboxId: 's', createdAt: 5 });
    expect(identityOf(labels)).toEqual(identity);
    expect(notesOf(labels)).toEqual(config.notes);
  });

  test.each([[{}], [{ 'podql.pod.uid': 'u' }], [{ 'podql.pod.uid': 'u', 'podql.container.name': 'c', 'podql.container.attempt': 'x' }]])('%j are of no container', (labels) => {
    expect(identityOf(labels)).toBeNull();
    expect(notesOf(labels)).toEqual({});
  });

  test('notes that somebody wrote are no error', () => {
    expect(notesOf({ 'podql.notes': 'not json' })).toEqual({});
  });
});
