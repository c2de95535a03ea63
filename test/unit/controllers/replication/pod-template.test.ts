import { dnsLabelProblem } from '../../../../src/api/names';
import { controllerOf } from '../../../../src/api/meta';
import { podFromTemplate } from '../../../../src/controllers/replication/pod-template';
import { anRc, aPodSpec, aPodTemplate } from '../../../support/builders';

describe('pod from a template', () => {
  const template = aPodTemplate({ labels: { app: 'web', tier: 'front' }, annotations: { note: 'n' }, spec: aPodSpec({ nodeSelector: { disk: 'ssd' } }) });
  const rc = anRc({ name: 'web', namespace: 'shop', spec: { template } });

  it('carries the template, the controller as its owner, a prefix for its name, and the uid that was chosen', () => {
    const draft = podFromTemplate(rc, 'chosen-uid');
    expect(draft).toEqual({
      name: null,
      generateName: 'web-',
      namespace: 'shop',
      uid: 'chosen-uid',
      labels: { app: 'web', tier: 'front' },
      annotations: { note: 'n' },
      ownerReferences: [{ kind: 'ReplicationController', name: 'web', uid: rc.uid, controller: true }],
      spec: template.spec,
    });
    expect(controllerOf({ ...rc, ownerReferences: draft.ownerReferences ?? [] })?.uid).toBe(rc.uid);
  });

  it('leaves it to the scheduler to choose a node', () => {
    const bound = anRc({ spec: { template: aPodTemplate({ spec: aPodSpec({ nodeName: 'node-a' }) }) } });
    expect(podFromTemplate(bound, 'chosen-uid').spec.nodeName).toBeNull();
  });

  it.each([
    ['a'.repeat(57), `${'a'.repeat(57)}-`],
    ['a'.repeat(253), `${'a'.repeat(57)}-`],
    [`${'a'.repeat(56)}.${'b'.repeat(6)}`, `${'a'.repeat(56)}-`],
    [`${'a'.repeat(55)}--${'b'.repeat(6)}`, `${'a'.repeat(55)}-`],
  ])('cuts the long name %s so that a suffix fits and the name stays valid', (name, expected) => {
    const { generateName } = podFromTemplate(anRc({ name }), 'chosen-uid');
    expect(generateName).toBe(expected);
    expect(dnsLabelProblem(`${generateName}x7k2q`)).toBeNull();
  });
});
