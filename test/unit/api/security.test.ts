import type { PodSecurityContext, SecurityContext } from '../../../src/api/pod';
import { effectiveSecurity } from '../../../src/api/security';

const shared: PodSecurityContext = { runAsUser: 1000, runAsGroup: 2000, runAsNonRoot: true, supplementalGroups: [5, 3000], fsGroup: 3000 };
const own: SecurityContext = {
  runAsUser: null,
  runAsGroup: null,
  runAsNonRoot: null,
  privileged: null,
  readOnlyRootFilesystem: null,
  allowPrivilegeEscalation: null,
  capabilities: { add: [], drop: [] },
};

describe('effectiveSecurity', () => {
  it('is Kubernetes\' defaults when nobody says anything', () => {
    expect(effectiveSecurity({ securityContext: null }, { securityContext: null })).toEqual({
      runAsUser: null,
      runAsGroup: null,
      runAsNonRoot: false,
      privileged: false,
      readOnlyRootFilesystem: false,
      allowPrivilegeEscalation: true,
      capabilities: { add: [], drop: [] },
      supplementalGroups: [],
      fsGroup: null,
    });
  });

  it('is the pod\'s word where the container says nothing; its fsGroup is one of the groups, once', () => {
    expect(effectiveSecurity({ securityContext: shared }, { securityContext: own })).toMatchObject({
      runAsUser: 1000,
      runAsGroup: 2000,
      runAsNonRoot: true,
      supplementalGroups: [5, 3000],
      fsGroup: 3000,
    });
    expect(effectiveSecurity({ securityContext: { ...shared, fsGroup: 7 } }, { securityContext: null }).supplementalGroups).toEqual([5, 3000, 7]);
  });

  it('is the container\'s word field by field, 0 and false included', () => {
    const container = { ...own, runAsUser: 0, runAsNonRoot: false, privileged: true, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { add: ['A'], drop: ['B'] } };
    expect(effectiveSecurity({ securityContext: shared }, { securityContext: container })).toEqual({ ...container, runAsGroup: 2000, supplementalGroups: [5, 3000], fsGroup: 3000 });
  });
});
