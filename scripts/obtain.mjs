// What the tests need beyond npm packages, from Debian's packages, and only when it is absent. Says in one clear line
// what could not be had; the tests that need it are then skipped with that reason, counted and printed.
export { obtainChromium } from './obtain/chromium.mjs';
export { knownDocker, obtainDocker } from './obtain/docker.mjs';
export { knownEtcd, knownEtcdctl, knownNewerEtcd, obtainEtcd, obtainEtcdctl, obtainNewerEtcd } from './obtain/etcd.mjs';
