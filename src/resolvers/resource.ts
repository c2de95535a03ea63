import { Arg, Authorized, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { KindTypes } from '../api/kinds';
import { kinds } from '../api/kinds';
import { ApiError } from '../errors/api-error';
import { printManifest } from '../registry/manifest/print';
import { listerOf } from '../registry/snapshots';
import type { Role } from './authorisation';
import type { RequestContext } from './context';
import { decodeNodeId, encodeNodeId } from './node-id';
import { Node, Resource } from './types/resource';

type AnyObject = KindTypes[keyof KindTypes];

@Resolver(() => Node)
export class NodeResolver {
  @FieldResolver(() => ID, { description: 'Opaque, and the same for the whole life of the object: node(id:) finds it by this.' })
  id(@Root() object: AnyObject): string {
    return encodeNodeId(object);
  }

  @Authorized<Role>('VIEW')
  @Query(() => Node, { nullable: true, description: 'The object with this id, of whatever kind. Null and NOT_FOUND if it is gone.' })
  async node(
    @Arg('id', () => ID, { description: 'The id that an answer of this server contained.' }) id: string,
    @Ctx() { loaders }: RequestContext,
  ): Promise<AnyObject> {
    const { kind, uid } = decodeNodeId(id);
    const found = listerOf(await loaders.snapshots.present(), kind).byUid(uid);
    if (found) return found;
    throw new ApiError('NOT_FOUND', `there is no ${kinds[kind].noun} with uid ${uid}: it was deleted.`, {
      details: { kind, uid, operation: 'get' },
    });
  }
}

@Resolver(() => Resource)
export class ResourceResolver {
  @FieldResolver(() => String, { description: 'The object as Kubernetes v1 YAML, for kubectl apply and podql apply.' })
  manifest(@Root() object: AnyObject): string {
    return printManifest(object);
  }
}
