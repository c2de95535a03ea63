import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import { applyManifest } from '../registry/manifest/apply';
import type { Role } from './authorisation';
import type { RequestContext } from './context';
import { ApplyInput } from './inputs/apply';
import { ApplyPayload } from './types/apply';

@Resolver()
export class ApplyResolver {
  @Authorized<Role>('EDIT')
  @Mutation(() => ApplyPayload, {
    description: 'Brings objects to what Kubernetes v1 manifests say: creates what is not there, changes what differs. Everything is checked before anything is written.',
  })
  async apply(
    @Arg('input', () => ApplyInput, { description: 'The manifests.' }) input: ApplyInput,
    @Ctx() { registries, loaders }: RequestContext,
  ): Promise<ApplyPayload> {
    const { manifest, namespace, dryRun } = input;
    const results = await applyManifest(registries, manifest, { namespace, dryRun });
    loaders.forget();
    return { results };
  }
}
