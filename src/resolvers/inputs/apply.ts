import { Field, InputType } from 'type-graphql';

@InputType('ApplyInput', { description: 'Kubernetes v1 manifests.' })
export class ApplyInput {
  @Field(() => String, {
    description: 'YAML or JSON, several documents or a List: Pod and ReplicationController. Strict: an unknown or misplaced field refuses the whole call.',
  })
  readonly manifest!: string;

  @Field(() => String, { defaultValue: 'default', description: 'The namespace of objects that name none.' })
  readonly namespace!: string;

  @Field(() => Boolean, { defaultValue: false, description: 'Check and answer as if, but change nothing.' })
  readonly dryRun!: boolean;
}
