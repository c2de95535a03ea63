import fc from 'fast-check';
import type { ReplicationController } from '../../../../src/api/replication-controller';
import { replicationControllerStrategy as strategy } from '../../../../src/registry/replication-controller/strategy';
import type { Draft } from '../../../../src/registry/types';
import { arbitraryRc } from '../../../support/arbitrary-objects';
import { aPodSpec, aPodTemplate, anRc } from '../../../support/builders';

type Spec = Draft<ReplicationController>['spec'];
function draft(spec: Spec, labels: Record<string, string> = {}): Draft<ReplicationController> {
  return { name: 'web', generateName: null, namespace: 'default', labels, annotations: {}, spec };
}
const causesOf = (rc: ReplicationController) => strategy.validate(rc).map(({ field, reason }) => `${field} ${reason}`);
const template: Spec['template'] = { labels: { app: 'web' }, spec: { containers: [{ name: 'main', image: 'host', command: ['sleep', '1000'] }] } };

describe('defaults', () => {
  it('take selector and labels from the template, and one replica', () => {
    const { labels, annotations, spec, status } = anRc({ spec: { replicas: 1 } });
    expect(strategy.prepareForCreate(draft({ template }))).toEqual({ labels, annotations, spec, status });
  });

  it('leave what is said', () => {
    const prepared = strategy.prepareForCreate(draft({ replicas: 0, selector: { app: 'other' }, template }, { tier: 'front' }));
    expect(prepared).toMatchObject({ labels: { tier: 'front' }, spec: { replicas: 0, selector: { app: 'other' } } });
  });

  it('are idempotent, and leave a canonical object as it is and valid', () => {
    fc.assert(
      fc.property(arbitraryRc, (rc) => {
        const prepared = strategy.prepareForCreate(draft(rc.spec, rc.labels));
        expect(prepared).toMatchObject({ labels: rc.labels, spec: rc.spec });
        expect(strategy.prepareForCreate(draft(prepared.spec, prepared.labels))).toEqual(prepared);
        expect(strategy.validate(rc)).toEqual([]);
      }),
    );
  });
});

describe('validation', () => {
  it('finds nothing in a canonical controller', () => expect(causesOf(anRc())).toEqual([]));

  const broken: [rule: string, spec: Partial<ReplicationController['spec']>, causes: string[]][] = [
    ['replicas are not negative', { replicas: -1 }, ['spec.replicas FieldValueInvalid']],
    ['replicas are whole', { replicas: 1.5 }, ['spec.replicas FieldValueInvalid']],
    ['replicas are bounded', { replicas: 2_000_000_000 }, ['spec.replicas FieldValueInvalid']],
    ['minReadySeconds is not negative', { minReadySeconds: -1 }, ['spec.minReadySeconds FieldValueInvalid']],
    ['the selector selects something', { selector: {} }, ['spec.selector FieldValueRequired']],
    ['the selector matches the template', { selector: { app: 'web', tier: 'front' } }, ['spec.template.labels.tier FieldValueInvalid']],
    ['pods that end are not for controllers', { template: aPodTemplate({ spec: aPodSpec({ restartPolicy: 'NEVER' }) }) }, ['spec.template.spec.restartPolicy FieldValueNotSupported']],
    ['nor are pods with a deadline', { template: aPodTemplate({ spec: aPodSpec({ activeDeadlineSeconds: 5 }) }) }, ['spec.template.spec.activeDeadlineSeconds FieldValueForbidden']],
    ['the template is checked like a pod', { template: aPodTemplate({ annotations: { 'a b': '' }, spec: aPodSpec({ containers: [] }) }) }, [
      'spec.template.annotations[a b] FieldValueInvalid',
      'spec.template.spec.containers FieldValueRequired',
    ]],
  ];
  it.each(broken)('%s', (_rule, spec, causes) => expect(causesOf(anRc({ spec }))).toEqual(causes));

  it('says which label of the template the selector wants', () => {
    const [cause] = strategy.validate(anRc({ spec: { selector: { app: 'db' } } }));
    expect(cause?.message).toBe('must be "db" as in spec.selector, else the controller would not find the pods it makes; it is "web" there');
  });

  it('holds for changes too, which are free otherwise', () => {
    const next = anRc({ spec: { selector: { app: 'db' }, template: aPodTemplate({ labels: { app: 'db' } }) } });
    expect(strategy.validateUpdate(next, anRc())).toEqual([]);
    expect(strategy.validateUpdate(anRc({ spec: { replicas: -1 } }), anRc())).toHaveLength(1);
  });
});

describe('applying a draft', () => {
  it('keeps the number of replicas unless one is named', () => {
    const current = anRc({ spec: { replicas: 7 } });
    expect(strategy.applyDraft(current, draft({ template }))).toEqual(current);
    expect(strategy.applyDraft(current, draft({ replicas: 2, template })).spec.replicas).toBe(2);
  });
});

it('controllers go at once', () => expect(strategy.gracePeriodSeconds(anRc())).toBe(0));

it('only the mark of an orphaning deletion is not the users\'', () => {
  expect(['spec.replicas', 'labels.app', 'annotations.note', 'annotations[podql.io/cascade]'].filter((path) => !strategy.isUserField(path))).toEqual(['annotations[podql.io/cascade]']);
});
