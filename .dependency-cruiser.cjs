/** Cycles and "must reach" rules; the import directions themselves are eslint's (eslint.rooms.mjs). */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or share a third. Decorated GraphQL types may name each other: their references are thunks.',
      severity: 'error',
      from: { pathNot: '^src/resolvers/(types|inputs)/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'nobody-imports-the-front-door',
      comment: 'server.ts is the composition root: only the command line and tests start it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli/|server\\.ts)' },
      to: { path: '^src/server\\.ts$' },
    },
    {
      name: 'no-development-package',
      comment: 'What ships may not import what is only there for development.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/playground/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/playground/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/playground/' },
  },
};
