import type { ClassType } from 'type-graphql';
import { Field, Int, ObjectType } from 'type-graphql';
import { ResourceVersion } from '../scalars';
import { ClusterNode } from './cluster-node';
import { Pod } from './pod';
import { ReplicationController } from './replication-controller';

@ObjectType('PageInfo', { description: 'Where a page lies in its list.', simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there are items after this page.' })
  readonly hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether there are items before this page.' })
  readonly hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'The cursor of the first item; null on an empty page.' })
  readonly startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'The cursor of the last item: give it as `after` for the next page.' })
  readonly endCursor!: string | null;
}

export interface Edge<T> {
  readonly cursor: string;
  readonly node: T;
}

/** One page of a list, as Relay wants it and with the shortcut `nodes`. */
export interface Connection<T> {
  readonly edges: readonly Edge<T>[];
  readonly nodes: readonly T[];
  readonly pageInfo: PageInfo;
  readonly totalCount: number;
  readonly resourceVersion: string;
}

/** Makes the edge and connection classes of one kind; `noun` is the plural in descriptions. */
export function connectionOf<T extends object>(name: string, noun: string, itemType: () => ClassType): ClassType<Connection<T>> {
  @ObjectType(`${name}Edge`, { description: `One entry of a list of ${noun}.`, simpleResolvers: true })
  class ItemEdge implements Edge<T> {
    @Field(() => String, { description: 'Names this place in the list: give it as `after`.' })
    readonly cursor!: string;

    @Field(itemType, { description: 'The entry itself.' })
    readonly node!: T;
  }

  @ObjectType(`${name}Connection`, {
    description: `A page of a list of ${noun}. All pages of one list are read at the version of the first.`,
    simpleResolvers: true,
  })
  class ItemConnection implements Connection<T> {
    @Field(() => [ItemEdge], { description: 'The entries of this page, with their cursors.' })
    readonly edges!: readonly ItemEdge[];

    @Field(() => [itemType()], { description: 'The entries of this page.' })
    readonly nodes!: readonly T[];

    @Field(() => PageInfo, { description: 'Whether there is more, and where to go on.' })
    readonly pageInfo!: PageInfo;

    @Field(() => Int, { description: 'How many entries the whole list has, over all pages.' })
    readonly totalCount!: number;

    @Field(() => ResourceVersion, { description: 'The version this page is read at. As `since` of a subscription it continues from here without a gap.' })
    readonly resourceVersion!: string;
  }
  return ItemConnection;
}

export const PodConnection = connectionOf<Pod>('Pod', 'pods', () => Pod);
export const ReplicationControllerConnection = connectionOf<ReplicationController>(
  'ReplicationController',
  'replication controllers',
  () => ReplicationController,
);
export const ClusterNodeConnection = connectionOf<ClusterNode>('ClusterNode', 'nodes', () => ClusterNode);
