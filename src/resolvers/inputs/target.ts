import { Field, ID, InputType } from 'type-graphql';
import { ResourceVersion } from '../scalars';

/** What names the object of a change, and on what condition it is changed. Not inputs of their own: bases of inputs. */
@InputType({ description: 'A base; never part of the schema.' })
export abstract class ClusterTarget {
  @Field(() => String, { description: 'The name of the object.' })
  readonly name!: string;

  @Field(() => ResourceVersion, {
    nullable: true,
    description: 'Precondition: CONFLICT, and nothing changes, if a user changed the object since this version. What the system writes (status) is no such change.',
  })
  readonly resourceVersion?: string | null;

  @Field(() => ID, { nullable: true, description: 'Precondition: CONFLICT, and nothing changes, if the object of that name has another uid.' })
  readonly uid?: string | null;

  @Field(() => Boolean, { defaultValue: false, description: 'Check and answer as if, but change nothing.' })
  readonly dryRun!: boolean;
}

@InputType({ description: 'A base; never part of the schema.' })
export abstract class NamespacedTarget extends ClusterTarget {
  @Field(() => String, { defaultValue: 'default', description: 'The namespace of the object.' })
  readonly namespace!: string;
}
