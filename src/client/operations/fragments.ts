/** Parts that several documents share. Each asks for exactly what the api type of that name has. */
export const metaFields = /* GraphQL */ `
  kind: __typename
  name
  generateName
  uid
  resourceVersion
  generation
  labels
  annotations
  creationTimestamp
  deletionTimestamp
  deletionGracePeriodSeconds
  ownerReferences {
    kind
    name
    uid
    controller
  }
`;

const podSpecFragments = /* GraphQL */ `
  fragment ResourceFields on ResourceList {
    cpu
    memory
    pods
  }
  fragment HTTPGetFields on HTTPGetAction {
    path
    port
    scheme
    headers {
      name
      value
    }
  }
  fragment ProbeFields on Probe {
    exec {
      command
    }
    httpGet {
      ...HTTPGetFields
    }
    tcpSocket {
      port
    }
    initialDelaySeconds
    periodSeconds
    timeoutSeconds
    successThreshold
    failureThreshold
  }
  fragment ContainerFields on Container {
    name
    image
    command
    args
    workingDir
    env {
      name
      value
    }
    ports {
      name
      containerPort
      hostPort
      protocol
    }
    resources {
      requests {
        ...ResourceFields
      }
      limits {
        ...ResourceFields
      }
    }
    livenessProbe {
      ...ProbeFields
    }
    readinessProbe {
      ...ProbeFields
    }
    startupProbe {
      ...ProbeFields
    }
    imagePullPolicy
    volumeMounts {
      name
      mountPath
      readOnly
      subPath
    }
    restartPolicy
    securityContext {
      runAsUser
      runAsGroup
      runAsNonRoot
      privileged
      readOnlyRootFilesystem
      allowPrivilegeEscalation
      capabilities {
        add
        drop
      }
    }
    terminationMessagePath
    terminationMessagePolicy
    lifecycle {
      preStop {
        exec {
          command
        }
        httpGet {
          ...HTTPGetFields
        }
        sleep {
          seconds
        }
      }
    }
  }
  fragment PodSpecFields on PodSpec {
    restartPolicy
    restartBackoff {
      initialSeconds
      maxSeconds
      resetAfterSeconds
    }
    containers {
      ...ContainerFields
    }
    initContainers {
      ...ContainerFields
    }
    nodeName
    nodeSelector
    tolerations {
      key
      operator
      value
      effect
      tolerationSeconds
    }
    terminationGracePeriodSeconds
    activeDeadlineSeconds
    hostNetwork
    volumes {
      name
      emptyDir {
        medium
        sizeLimit
      }
      hostPath {
        path
        type
      }
    }
    securityContext {
      runAsUser
      runAsGroup
      runAsNonRoot
      supplementalGroups
      fsGroup
    }
    hostname
    dnsPolicy
    dnsConfig {
      nameservers
      searches
      options {
        name
        value
      }
    }
    hostAliases {
      ip
      hostnames
    }
  }
`;

const podStatusFragments = /* GraphQL */ `
  fragment ContainerStateFields on ContainerState {
    kind: __typename
    ... on ContainerWaiting {
      reason
      message
      nextAttemptAt
    }
    ... on ContainerRunning {
      startedAt
    }
    ... on ContainerTerminated {
      exitCode
      signal
      reason
      message
      startedAt
      finishedAt
    }
  }
  fragment ContainerStatusFields on ContainerStatus {
    name
    image
    imageID
    containerID
    ready
    started
    restartCount
    state {
      ...ContainerStateFields
    }
    lastState {
      ...ContainerStateFields
    }
  }
  fragment PodStatusFields on PodStatus {
    phase
    reason
    message
    conditions {
      type
      status
      reason
      message
      lastTransitionTime
    }
    hostIP
    podIP
    startTime
    observedGeneration
    initContainerStatuses {
      ...ContainerStatusFields
    }
    containerStatuses {
      ...ContainerStatusFields
    }
  }
`;

export const podFragment = /* GraphQL */ `
  fragment PodFields on Pod {
    ${metaFields}
    namespace
    spec {
      ...PodSpecFields
    }
    status {
      ...PodStatusFields
    }
  }
  ${podSpecFragments}
  ${podStatusFragments}
`;
