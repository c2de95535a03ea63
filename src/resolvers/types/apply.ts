import { Field, ObjectType } from 'type-graphql';
import type { ApiObject } from '../../api/meta';
import { ApplyAction } from './enums';
import { Resource } from './resource';

@ObjectType('FieldChange', { description: 'One field that apply changed.', simpleResolvers: true })
export class FieldChange {
  @Field(() => String, { description: 'The path of the field: spec.containers[0].image.' })
  readonly field!: string;

  @Field(() => String, { nullable: true, description: 'What it was, as JSON unless it is a string; null if it was not there.' })
  readonly from!: string | null;

  @Field(() => String, { nullable: true, description: 'What it is now, as JSON unless it is a string; null if it is not there any more.' })
  readonly to!: string | null;
}

@ObjectType('ApplyResult', { description: 'What apply did with one object of the manifest.', simpleResolvers: true })
export class ApplyResult {
  @Field(() => ApplyAction, { description: 'Whether it was created, changed, or left as it is.' })
  readonly action!: 'CREATED' | 'CONFIGURED' | 'UNCHANGED';

  @Field(() => Resource, { description: 'The object after the call.' })
  readonly object!: ApiObject;

  @Field(() => [FieldChange], { description: 'The fields that changed; empty unless action is CONFIGURED.' })
  readonly changes!: readonly FieldChange[];
}

@ObjectType('ApplyPayload', { description: 'What apply answers.', simpleResolvers: true })
export class ApplyPayload {
  @Field(() => [ApplyResult], { description: 'One result per object, in the order of the manifest.' })
  readonly results!: readonly ApplyResult[];
}
