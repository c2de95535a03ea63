import { Field, InputType } from 'type-graphql';
import type { Loose } from '../../api/loose';
import type * as api from '../../api/pod';

@InputType('PodDNSConfigOptionInput', { description: 'One option of a resolver.' })
export class PodDNSConfigOptionInput implements Loose<api.PodDNSConfigOption> {
  @Field(() => String, { description: 'Its name, like "ndots".' })
  readonly name!: string;

  @Field(() => String, { nullable: true, description: 'Its value, if it has one.' })
  readonly value?: string | null;
}

@InputType('PodDNSConfigInput', { description: 'How a pod finds names, put after what its dnsPolicy gives.' })
export class PodDNSConfigInput implements Loose<api.PodDNSConfig> {
  @Field(() => [String], { nullable: true, description: 'Addresses of name servers, at most 3; with the policy NONE at least one.' })
  readonly nameservers?: readonly string[] | null;

  @Field(() => [String], { nullable: true, description: 'Domains in which short names are looked for, at most 32.' })
  readonly searches?: readonly string[] | null;

  @Field(() => [PodDNSConfigOptionInput], { nullable: true, description: 'Options of the resolver.' })
  readonly options?: readonly PodDNSConfigOptionInput[] | null;
}

@InputType('HostAliasInput', { description: 'One more line of the hosts file of a pod.' })
export class HostAliasInput implements Loose<api.HostAlias> {
  @Field(() => String, { description: 'The address.' })
  readonly ip!: string;

  @Field(() => [String], { nullable: true, description: 'The names that mean it.' })
  readonly hostnames?: readonly string[] | null;
}
