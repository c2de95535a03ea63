import { Field, Int, ObjectType } from 'type-graphql';
import type { VersionRecord } from '../../base/version';
import { DateTime } from '../scalars';

@ObjectType('VersionInfo', { description: 'Which podql this is, and how it was built.', simpleResolvers: true })
export class VersionInfo implements VersionRecord {
  @Field(() => Int, { description: 'The first number of the version.' })
  readonly major!: number;

  @Field(() => Int, { description: 'The second number of the version.' })
  readonly minor!: number;

  @Field(() => String, { description: '"0.3.1", or between releases "0.4.0-dev+5f3c…".' })
  readonly version!: string;

  @Field(() => String, { description: 'The commit it was built from; "" for a build without git.' })
  readonly gitCommit!: string;

  @Field(() => String, { description: '"clean", "dirty" if files differed from the commit, or "not a git tree".' })
  readonly gitTreeState!: VersionRecord['gitTreeState'];

  @Field(() => DateTime, { description: 'When it was built.' })
  readonly buildDate!: string;

  @Field(() => String, { description: 'The Node.js it runs on.' })
  readonly nodeVersion!: string;

  @Field(() => String, { description: 'Operating system and architecture it runs on: "linux/x64".' })
  readonly platform!: string;

  @Field(() => String, { description: 'The sha256 of the printed schema: equal hashes mean equal contracts.' })
  readonly schemaHash!: string;
}
