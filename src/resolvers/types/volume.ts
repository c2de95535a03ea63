import { Field, ObjectType } from 'type-graphql';
import type * as api from '../../api/pod';
import { Quantity } from '../scalars';

@ObjectType('EmptyDirVolume', { description: 'A directory that is empty at first and lives as long as the pod.', simpleResolvers: true })
export class EmptyDirVolume implements api.EmptyDirVolume {
  @Field(() => String, { description: '"" for the disk of the node, "Memory" for memory.' })
  readonly medium!: string;

  @Field(() => Quantity, { nullable: true, description: 'What it may hold at most.' })
  readonly sizeLimit!: string | null;
}

@ObjectType('HostPathVolume', { description: 'A file or directory of the node itself.', simpleResolvers: true })
export class HostPathVolume implements api.HostPathVolume {
  @Field(() => String, { description: 'The path on the node.' })
  readonly path!: string;

  @Field(() => String, { description: 'What must be there: "", "Directory", "DirectoryOrCreate", "File" or "FileOrCreate".' })
  readonly type!: string;
}

@ObjectType('Volume', { description: 'Storage that the containers of a pod can mount. Exactly one source is there.', simpleResolvers: true })
export class Volume implements api.Volume {
  @Field(() => String, { description: 'Unique within the pod; volumeMounts name it.' })
  readonly name!: string;

  @Field(() => EmptyDirVolume, { nullable: true, description: 'A directory of the pod\'s own.' })
  readonly emptyDir!: EmptyDirVolume | null;

  @Field(() => HostPathVolume, { nullable: true, description: 'Something on the node.' })
  readonly hostPath!: HostPathVolume | null;
}
