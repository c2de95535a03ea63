import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';
import { directions, doors, rooms } from './eslint.rooms.mjs';

const roomNames = rooms.map(([name]) => name);

const clockOnly = [
  { object: 'Date', property: 'now', message: 'Time is injected: use the Clock (base/clock.ts).' },
  { object: 'Math', property: 'random', message: 'Randomness is injected: use Identity (base/identity.ts).' },
  { object: 'performance', property: 'now', message: 'Time is injected: use the Clock (base/clock.ts).' },
];
const timersOnly = ['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
  name,
  message: 'Timers are injected: use the Clock (base/clock.ts).',
}));

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'test/fixtures/architecture/', '.cache/'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { prefer: 'type-imports', fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
    },
  },
  {
    // Rules that need types: nothing is left to float.
    files: ['src/**/*.ts'],
    ignores: ['src/playground/**'],
    languageOptions: { parserOptions: { project: './tsconfig.json' } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/base/clock.ts', 'src/base/identity.ts', 'src/playground/**'],
    rules: { 'no-restricted-properties': ['error', ...clockOnly], 'no-restricted-globals': ['error', ...timersOnly] },
  },
  { files: ['src/cli/**/*.ts', 'benchmarks/**', 'scripts/**', 'test/e2e/**'], rules: { 'no-console': 'off' } },
  { files: ['**/*.mjs', '**/*.cjs', '**/*.js'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    plugins: { boundaries },
    settings: {
      'import/resolver': { typescript: { project: './tsconfig.json' } },
      'boundaries/files': rooms.map(([category, pattern]) => ({ category, pattern, stopMatching: true })),
      'boundaries/include': ['src/**/*'],
    },
    rules: {
      'boundaries/no-unknown-files': 'error',
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          checkAllOrigins: true,
          checkUnknownLocals: true,
          policies: [
            // Packages in general, then the doors.
            { from: { file: { categories: { anyOf: roomNames } } }, allow: { to: { module: { origin: ['external', 'core'] } } } },
            ...Object.entries(doors).map(([source, allowed]) => ({
              from: { file: { categories: { noneOf: allowed } } },
              disallow: { to: { module: { origin: 'external', source: [source, `${source}/**`] } } },
              message: `'${source}' comes into the house by one door: ${allowed.join(', ')}.`,
            })),
            ...Object.entries(directions).flatMap(([room, { may, types = [], why }]) => [
              {
                from: { file: { categories: room } },
                disallow: { to: { file: { categories: { anyOf: roomNames } } } },
                message: `${room} may not import {{to.file.categories}}: ${why}.`,
              },
              {
                from: { file: { categories: room } },
                allow: { to: { file: { categories: { anyOf: [room, ...may] } } } },
              },
              ...(types.length === 0
                ? []
                : [{ from: { file: { categories: room } }, allow: { to: { file: { categories: { anyOf: types } } }, dependency: { kind: 'type' } } }]),
            ]),
          ],
        },
      ],
    },
  },
);
