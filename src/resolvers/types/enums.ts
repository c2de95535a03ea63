import { registerEnumType } from 'type-graphql';
import { dnsPolicies, imagePullPolicies, podPhases, podQOSClasses, protocols, restartPolicies, terminationMessagePolicies } from '../../api/pod';
import { drainBlockReasons } from '../../api/drain';
import { eventTypes } from '../../api/event';
import { taintEffects, tolerationOperators } from '../../api/taints';

/** The object form of a list of words, as registerEnumType wants it. */
function words<Word extends string>(list: readonly Word[]): { readonly [W in Word]: W } {
  return Object.fromEntries(list.map((word) => [word, word])) as { readonly [W in Word]: W };
}

export const RestartPolicy = words(restartPolicies);
registerEnumType(RestartPolicy, {
  name: 'RestartPolicy',
  description: 'What happens when a container ends.',
  valuesConfig: {
    ALWAYS: { description: 'It is started again, whatever its exit code.' },
    ON_FAILURE: { description: 'It is started again if its exit code is not 0.' },
    NEVER: { description: 'It is not started again.' },
  },
});

export const PodPhase = words(podPhases);
registerEnumType(PodPhase, {
  name: 'PodPhase',
  description: 'Where a pod is in its life, in one word.',
  valuesConfig: {
    PENDING: { description: 'Accepted, but not all its containers have started yet.' },
    RUNNING: { description: 'Bound to a node, and at least one container runs or is being restarted.' },
    SUCCEEDED: { description: 'All containers ended with exit code 0 and none will be restarted. Final.' },
    FAILED: { description: 'All containers ended, at least one of them in failure, and none will be restarted. Final.' },
    UNKNOWN: { description: 'Its node does not answer.' },
  },
});

export const ImagePullPolicy = words(imagePullPolicies);
registerEnumType(ImagePullPolicy, {
  name: 'ImagePullPolicy',
  description: 'When a node fetches an image.',
  valuesConfig: {
    ALWAYS: { description: 'Before each start of the container.' },
    IF_NOT_PRESENT: { description: 'Only if the node does not have it.' },
    NEVER: { description: 'Never: the image must be there already.' },
  },
});

export const Protocol = words(protocols);
registerEnumType(Protocol, {
  name: 'Protocol',
  description: 'The transport protocol of a port.',
  valuesConfig: {
    TCP: { description: 'Transmission Control Protocol.' },
    UDP: { description: 'User Datagram Protocol.' },
    SCTP: { description: 'Stream Control Transmission Protocol.' },
  },
});

export const TaintEffect = words(taintEffects);
registerEnumType(TaintEffect, {
  name: 'TaintEffect',
  description: 'What a taint of a node does to pods that do not tolerate it.',
  valuesConfig: {
    NO_SCHEDULE: { description: 'No new ones are given to the node.' },
    PREFER_NO_SCHEDULE: { description: 'New ones are given to another node if there is one that fits.' },
    NO_EXECUTE: { description: 'No new ones are given to the node, and those that are there are evicted.' },
  },
});

export const TolerationOperator = words(tolerationOperators);
registerEnumType(TolerationOperator, {
  name: 'TolerationOperator',
  description: 'How a toleration looks at the value of a taint.',
  valuesConfig: {
    EXISTS: { description: 'The taint may have any value.' },
    EQUAL: { description: 'The taint must have the value of the toleration.' },
  },
});

export const DrainBlockReason = words(drainBlockReasons);
registerEnumType(DrainBlockReason, {
  name: 'DrainBlockReason',
  description: 'Why a pod is still on a node that is being drained.',
  valuesConfig: {
    NO_CONTROLLER: { description: 'No replication controller would replace it, and the drain is not forced.' },
    CONTROLLER_NOT_FOUND: { description: 'Its replication controller is not to be found: it is just gone, or cannot be read.' },
    TOO_FEW_READY: { description: 'Of its replication controller as many pods are away already as may be.' },
    NODE_NOT_READY: { description: 'Its node is not ready, so nobody knows how it is; if it was asked to end, nobody says that it has.' },
  },
});

export const HTTPScheme = words(['HTTP', 'HTTPS'] as const);
registerEnumType(HTTPScheme, {
  name: 'HTTPScheme',
  description: 'How a probe speaks to a container.',
  valuesConfig: {
    HTTP: { description: 'Without encryption.' },
    HTTPS: { description: 'With TLS; the certificate is not checked.' },
  },
});

export const DNSPolicy = words(dnsPolicies);
registerEnumType(DNSPolicy, {
  name: 'DNSPolicy',
  description: 'Whom a pod asks for names.',
  valuesConfig: {
    DEFAULT: { description: 'Whom its node asks.' },
    CLUSTER_FIRST: { description: 'Kubernetes\' default. There is no DNS of the cluster, so it means DEFAULT.' },
    CLUSTER_FIRST_WITH_HOST_NET: { description: 'Kubernetes\' word for a pod on the network of its node. Means DEFAULT too.' },
    NONE: { description: 'Only whom dnsConfig names.' },
  },
});

export const TerminationMessagePolicy = words(terminationMessagePolicies);
registerEnumType(TerminationMessagePolicy, {
  name: 'TerminationMessagePolicy',
  description: 'Where the message of a container that ended comes from.',
  valuesConfig: {
    FILE: { description: 'From the file at terminationMessagePath.' },
    FALLBACK_TO_LOGS_ON_ERROR: { description: 'From the file; if it is empty and the container failed, from the last lines of its output.' },
  },
});

export const PodQOSClass = words(podQOSClasses);
registerEnumType(PodQOSClass, {
  name: 'PodQOSClass',
  description: 'Who gives way first when a node runs out of memory.',
  valuesConfig: {
    GUARANTEED: { description: 'Last: each container asks for exactly its limits, of cpu and of memory.' },
    BURSTABLE: { description: 'In between: some container says something about cpu or memory.' },
    BEST_EFFORT: { description: 'First: no container says anything about cpu or memory.' },
  },
});

export const ConditionStatus = words(['TRUE', 'FALSE', 'UNKNOWN'] as const);
registerEnumType(ConditionStatus, {
  name: 'ConditionStatus',
  description: 'Whether a condition holds.',
  valuesConfig: {
    TRUE: { description: 'It holds.' },
    FALSE: { description: 'It does not hold.' },
    UNKNOWN: { description: 'Nobody can tell at the moment.' },
  },
});

export const changeTypes = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'RESYNC'] as const;
export const ChangeType = words(changeTypes);
registerEnumType(ChangeType, {
  name: 'ChangeType',
  description: 'What one item of a stream of changes says.',
  valuesConfig: {
    ADDED: { description: 'The object is there and matches: it was created, or started to match, or belongs to the snapshot at the beginning.' },
    MODIFIED: { description: 'The object changed and still matches.' },
    DELETED: { description: 'The object is gone, or stopped matching. It is given as it last was.' },
    BOOKMARK: { description: 'No object: everything up to this resourceVersion has been sent. Ends the snapshot, and comes at least every 30 s.' },
    RESYNC: { description: 'No object: history since the given version is gone. Forget what you had; a full snapshot follows.' },
  },
});

export const ApplyAction = words(['CREATED', 'CONFIGURED', 'UNCHANGED'] as const);
registerEnumType(ApplyAction, {
  name: 'ApplyAction',
  description: 'What apply did with one object.',
  valuesConfig: {
    CREATED: { description: 'It was not there and is now.' },
    CONFIGURED: { description: 'It was there and was changed.' },
    UNCHANGED: { description: 'It was as the manifest wants it; nothing was written.' },
  },
});

export const Cascade = words(['BACKGROUND', 'ORPHAN'] as const);
registerEnumType(Cascade, {
  name: 'Cascade',
  description: 'What happens to the pods of a replication controller that is deleted.',
  valuesConfig: {
    BACKGROUND: { description: 'They are deleted soon after it.' },
    ORPHAN: { description: 'They stay, and have no owner any more.' },
  },
});

export const EventType = words(eventTypes);
registerEnumType(EventType, {
  name: 'EventType',
  description: 'Whether an event is one to worry about.',
  valuesConfig: {
    NORMAL: { description: 'It went as it should.' },
    WARNING: { description: 'Something is wrong, or may be.' },
  },
});
