import { Field, Float, Int, ObjectType } from 'type-graphql';
import type { Labels } from '../../api/meta';
import type * as api from '../../api/pod';
import { StringMap } from '../scalars';
import { Container } from './container';
import { HostAlias, PodDNSConfig } from './dns';
import { DNSPolicy, RestartPolicy } from './enums';
import { PodSecurityContext } from './security';
import { Toleration } from './taint';
import { Volume } from './volume';

@ObjectType('RestartBackoff', {
  description: 'How long a failing container waits: the first restart is immediate, then initial, doubling up to max.',
  simpleResolvers: true,
})
export class RestartBackoff implements api.RestartBackoff {
  @Field(() => Float, { description: 'Seconds before the second restart.' })
  readonly initialSeconds!: number;

  @Field(() => Float, { description: 'Seconds it waits at most.' })
  readonly maxSeconds!: number;

  @Field(() => Float, { description: 'A container that ran this many seconds starts over with an immediate restart.' })
  readonly resetAfterSeconds!: number;
}

@ObjectType('PodSpec', { description: 'What a pod shall run.', simpleResolvers: true })
export class PodSpec implements api.PodSpec {
  @Field(() => RestartPolicy, { description: 'What happens when a container ends.' })
  readonly restartPolicy!: api.RestartPolicy;

  @Field(() => RestartBackoff, { description: 'How long a failing container waits before it is started again.' })
  readonly restartBackoff!: RestartBackoff;

  @Field(() => [Container], { description: 'The programs that run side by side; at least one.' })
  readonly containers!: readonly Container[];

  @Field(() => [Container], { description: 'Programs that run before, one after the other, each to its end.' })
  readonly initContainers!: readonly Container[];

  @Field(() => String, { nullable: true, description: 'The node it is bound to; null until the scheduler has found one.' })
  readonly nodeName!: string | null;

  @Field(() => StringMap, { description: 'Labels that its node must have.' })
  readonly nodeSelector!: Labels;

  @Field(() => [Toleration], { description: 'Taints of nodes that it puts up with.' })
  readonly tolerations!: readonly Toleration[];

  @Field(() => Int, { description: 'Seconds its containers have to end when asked to, before they are killed.' })
  readonly terminationGracePeriodSeconds!: number;

  @Field(() => Int, { nullable: true, description: 'Seconds after which a pod that still runs is failed.' })
  readonly activeDeadlineSeconds!: number | null;

  @Field(() => Boolean, { description: 'Whether it uses the network of the node as it is.' })
  readonly hostNetwork!: boolean;

  @Field(() => [Volume], { description: 'Storage its containers can mount.' })
  readonly volumes!: readonly Volume[];

  @Field(() => PodSecurityContext, { nullable: true, description: 'As whom its containers run, unless they say otherwise.' })
  readonly securityContext!: PodSecurityContext | null;

  @Field(() => String, { nullable: true, description: 'What the pod calls itself; null: its name.' })
  readonly hostname!: string | null;

  @Field(() => DNSPolicy, { description: 'Whom it asks for names.' })
  readonly dnsPolicy!: api.DNSPolicy;

  @Field(() => PodDNSConfig, { nullable: true, description: 'Name servers and the like, besides those of its dnsPolicy.' })
  readonly dnsConfig!: PodDNSConfig | null;

  @Field(() => [HostAlias], { description: 'Further lines of its hosts file.' })
  readonly hostAliases!: readonly HostAlias[];
}
