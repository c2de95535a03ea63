/** One configuration; the scripts in package.json choose folders. */
const config = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: false, useDefineForClassFields: false },
          target: 'es2022',
        },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  setupFilesAfterEnv: ['<rootDir>/test/support/settle-ledger.ts'],
  testTimeout: 30000,
  reporters: ['default', '<rootDir>/test/support/summary-reporter.js'],
};

/**
 * Whoever runs jest by itself gets the etcd and the dockerd that are already there; `npm test` obtains them first, and says
 * with an empty name that there is none. The workers inherit the environment.
 */
module.exports = async () => {
  const { knownDocker, knownEtcd, knownEtcdctl, knownNewerEtcd } = await import('./scripts/obtain.mjs');
  process.env.ETCD_BIN ??= knownEtcd() ?? '';
  process.env.ETCD_NEWER_BIN ??= knownNewerEtcd() ?? '';
  process.env.ETCDCTL_BIN ??= knownEtcdctl() ?? '';
  const docker = knownDocker();
  process.env.DOCKERD_BIN ??= docker?.dockerd ?? '';
  process.env.BUSYBOX_BIN ??= docker?.busybox ?? '';
  return config;
};
