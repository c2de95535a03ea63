import { Field, Int, ObjectType } from 'type-graphql';
import { DateTime } from '../scalars';

/** Built into what is shipped; the server hands it over, except schemaHash, which is computed here. */
export interface BuildInfo {
  readonly major: number;
  readonly minor: number;
  readonly version: string;
  readonly gitCommit: string;
  readonly gitTreeState: string;
  /** RFC 3339, UTC. */
  readonly buildDate: string;
  readonly nodeVersion: string;
  readonly platform: string;
}

@ObjectType('VersionInfo', { description: 'Which podql this is, and how it was built.', simpleResolvers: true })
export class VersionInfo implements BuildInfo {
  @Field(() => Int, { description: 'The first number of the version.' })
  readonly major!: number;

  @Field(() => Int, { description: 'The second number of the version.' })
  readonly minor!: number;

  @Field(() => String, { description: '"0.3.1", or between releases "0.4.0-dev+5f3c…".' })
  readonly version!: string;

  @Field(() => String, { description: 'The commit it was built from; "unknown" for a build without git.' })
  readonly gitCommit!: string;

  @Field(() => String, { description: '"clean", or "dirty" if files differed from the commit; "unknown" for a build without git.' })
  readonly gitTreeState!: string;

  @Field(() => DateTime, { description: 'When it was built.' })
  readonly buildDate!: string;

  @Field(() => String, { description: 'The Node.js it runs on.' })
  readonly nodeVersion!: string;

  @Field(() => String, { description: 'Operating system and architecture it runs on: "linux/x64".' })
  readonly platform!: string;

  @Field(() => String, { description: 'The sha256 of the printed schema: equal hashes mean equal contracts.' })
  readonly schemaHash!: string;
}
