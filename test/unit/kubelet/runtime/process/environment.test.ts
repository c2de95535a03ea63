import { expand } from '../../../../../src/kubelet/runtime/expansion';
import { environmentOf, splitForShell, volumeVariable } from '../../../../../src/kubelet/runtime/process/environment';
import { aContainer } from '../../../../support/builders';

test.each([
  ['$(NAME)', 'value'],
  ['a $(NAME) b $(OTHER)', 'a value b other'],
  ['$(UNKNOWN)', '$(UNKNOWN)'],
  ['$(toString)', '$(toString)'],
  ['$$(NAME)', '$(NAME)'],
  ['$$$(NAME)', '$value'],
  ['$$', '$'],
  ['$NAME ${NAME}', '$NAME ${NAME}'],
  ['$(NAME', '$(NAME'],
  ['$()', '$()'],
  ['$', '$'],
  ['$(EMPTY)', ''],
])('%s becomes %s', (text, expected) => {
  expect(expand(text, { NAME: 'value', OTHER: 'other', EMPTY: '' })).toBe(expected);
});

test('a value sees only what stands before it', () => {
  const env = [
    { name: 'EARLY', value: '$(LATE)' },
    { name: 'LATE', value: '$(BASE)/late' },
    { name: 'LAST', value: '$(LATE)' },
  ];
  expect(environmentOf({ BASE: '/base' }, aContainer({ env }), 'id')).toEqual({
    BASE: '/base',
    EARLY: '$(LATE)',
    LATE: '/base/late',
    LAST: '/base/late',
    PODQL_CONTAINER_ID: 'id',
  });
});

test('a container replaces a default but not its own id', () => {
  const env = [
    { name: 'PATH', value: '/opt/bin:$(PATH)' },
    { name: 'PODQL_CONTAINER_ID', value: 'forged' },
  ];
  expect(environmentOf({ PATH: '/bin' }, aContainer({ env }), 'true')).toEqual({ PATH: '/opt/bin:/bin', PODQL_CONTAINER_ID: 'true' });
});

test('names that a shell does not pass on are left to env(1)', () => {
  const { plain, viaEnv } = splitForShell({ PATH: '/bin', 'app.name': 'a', 'x-y': 'b', UID: '7', LD_PRELOAD: 'evil.so', IFS: 'x', OK_1: 'c' });
  expect(plain).toEqual({ PATH: '/bin', OK_1: 'c' });
  expect(viaEnv).toEqual(['app.name=a', 'x-y=b', 'UID=7', 'LD_PRELOAD=evil.so', 'IFS=x']);
});

test('the variable of a volume is its name in capitals', () => {
  expect(volumeVariable('web-data2')).toBe('PODQL_VOLUME_WEB_DATA2');
});
