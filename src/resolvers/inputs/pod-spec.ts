import { Field, Float, InputType, Int } from 'type-graphql';
import type { Loose } from '../../api/loose';
import type { Labels } from '../../api/meta';
import type * as api from '../../api/pod';
import { Quantity, StringMap } from '../scalars';
import { DNSPolicy, RestartPolicy } from '../types/enums';
import { ContainerInput } from './container';
import { HostAliasInput, PodDNSConfigInput } from './dns';
import { PodSecurityContextInput } from './security';
import { TolerationInput } from './taint';

@InputType('RestartBackoffInput', { description: 'How long a failing container waits before it is started again.' })
export class RestartBackoffInput implements Loose<api.RestartBackoff> {
  @Field(() => Float, { nullable: true, description: 'Seconds before the second restart; 1 if left out. The first is immediate.' })
  readonly initialSeconds?: number | null;

  @Field(() => Float, { nullable: true, description: 'Seconds it waits at most; 60 if left out.' })
  readonly maxSeconds?: number | null;

  @Field(() => Float, { nullable: true, description: 'A container that ran this many seconds starts over; 60 if left out.' })
  readonly resetAfterSeconds?: number | null;
}

@InputType('EmptyDirVolumeInput', { description: 'A directory that is empty at first and lives as long as the pod.' })
export class EmptyDirVolumeInput implements Loose<api.EmptyDirVolume> {
  @Field(() => String, { nullable: true, description: '"" for the disk of the node, "Memory" for memory.' })
  readonly medium?: string | null;

  @Field(() => Quantity, { nullable: true, description: 'What it may hold at most.' })
  readonly sizeLimit?: string | null;
}

@InputType('HostPathVolumeInput', { description: 'A file or directory of the node itself.' })
export class HostPathVolumeInput implements Loose<api.HostPathVolume> {
  @Field(() => String, { description: 'The path on the node.' })
  readonly path!: string;

  @Field(() => String, { nullable: true, description: 'What must be there: "", "Directory", "DirectoryOrCreate", "File" or "FileOrCreate".' })
  readonly type?: string | null;
}

@InputType('VolumeInput', { description: 'Storage that the containers of a pod can mount. Give exactly one source.' })
export class VolumeInput implements Loose<api.Volume> {
  @Field(() => String, { description: 'Unique within the pod; volumeMounts name it.' })
  readonly name!: string;

  @Field(() => EmptyDirVolumeInput, { nullable: true, description: 'A directory of the pod\'s own.' })
  readonly emptyDir?: EmptyDirVolumeInput | null;

  @Field(() => HostPathVolumeInput, { nullable: true, description: 'Something on the node.' })
  readonly hostPath?: HostPathVolumeInput | null;
}

@InputType('PodSpecInput', { description: 'What a pod shall run. What is left out gets Kubernetes\' defaults.' })
export class PodSpecInput implements Loose<api.PodSpec> {
  @Field(() => RestartPolicy, { nullable: true, description: 'What happens when a container ends; ALWAYS if left out.' })
  readonly restartPolicy?: api.RestartPolicy | null;

  @Field(() => RestartBackoffInput, { nullable: true, description: 'How long a failing container waits.' })
  readonly restartBackoff?: RestartBackoffInput | null;

  @Field(() => [ContainerInput], { description: 'The programs that run side by side; at least one.' })
  readonly containers!: readonly ContainerInput[];

  @Field(() => [ContainerInput], { nullable: true, description: 'Programs that run before, one after the other, each to its end.' })
  readonly initContainers?: readonly ContainerInput[] | null;

  @Field(() => String, { nullable: true, description: 'The node to run on; the scheduler chooses if left out.' })
  readonly nodeName?: string | null;

  @Field(() => StringMap, { nullable: true, description: 'Labels that the node must have.' })
  readonly nodeSelector?: Labels | null;

  @Field(() => [TolerationInput], { nullable: true, description: 'Taints of nodes that it puts up with.' })
  readonly tolerations?: readonly TolerationInput[] | null;

  @Field(() => Int, { nullable: true, description: 'Seconds the containers have to end when asked to; 30 if left out.' })
  readonly terminationGracePeriodSeconds?: number | null;

  @Field(() => Int, { nullable: true, description: 'Seconds after which a pod that still runs is failed; never if left out.' })
  readonly activeDeadlineSeconds?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it uses the network of the node as it is; false if left out.' })
  readonly hostNetwork?: boolean | null;

  @Field(() => [VolumeInput], { nullable: true, description: 'Storage its containers can mount.' })
  readonly volumes?: readonly VolumeInput[] | null;

  @Field(() => PodSecurityContextInput, { nullable: true, description: 'As whom the containers run, unless they say otherwise.' })
  readonly securityContext?: PodSecurityContextInput | null;

  @Field(() => String, { nullable: true, description: 'What the pod calls itself; its name if left out.' })
  readonly hostname?: string | null;

  @Field(() => DNSPolicy, { nullable: true, description: 'Whom it asks for names; CLUSTER_FIRST if left out.' })
  readonly dnsPolicy?: api.DNSPolicy | null;

  @Field(() => PodDNSConfigInput, { nullable: true, description: 'Name servers and the like, besides those of its dnsPolicy.' })
  readonly dnsConfig?: PodDNSConfigInput | null;

  @Field(() => [HostAliasInput], { nullable: true, description: 'Further lines of its hosts file.' })
  readonly hostAliases?: readonly HostAliasInput[] | null;
}
