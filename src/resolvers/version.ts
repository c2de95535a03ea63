import type { GraphQLResolveInfo } from 'graphql';
import { Authorized, Ctx, Info, Query, Resolver } from 'type-graphql';
import type { Role } from './authorisation';
import type { RequestContext } from './context';
import { schemaHash } from './printed-schema';
import { VersionInfo } from './types/version';

@Resolver()
export class VersionResolver {
  @Authorized<Role>('VIEW', 'NODE')
  @Query(() => VersionInfo, { description: 'Which podql answers, and how it was built.' })
  version(@Ctx() { version }: RequestContext, @Info() { schema }: GraphQLResolveInfo): VersionInfo {
    return { ...version, schemaHash: schemaHash(schema) };
  }
}
