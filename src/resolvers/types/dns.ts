import { Field, ObjectType } from 'type-graphql';
import type * as api from '../../api/pod';

@ObjectType('PodDNSConfigOption', { description: 'One option of a resolver.', simpleResolvers: true })
export class PodDNSConfigOption implements api.PodDNSConfigOption {
  @Field(() => String, { description: 'Its name, like "ndots".' })
  readonly name!: string;

  @Field(() => String, { nullable: true, description: 'Its value, if it has one.' })
  readonly value!: string | null;
}

@ObjectType('PodDNSConfig', { description: 'How a pod finds names, put after what its dnsPolicy gives.', simpleResolvers: true })
export class PodDNSConfig implements api.PodDNSConfig {
  @Field(() => [String], { description: 'Addresses of name servers, at most 3.' })
  readonly nameservers!: readonly string[];

  @Field(() => [String], { description: 'Domains in which short names are looked for, at most 32.' })
  readonly searches!: readonly string[];

  @Field(() => [PodDNSConfigOption], { description: 'Options of the resolver.' })
  readonly options!: readonly PodDNSConfigOption[];
}

@ObjectType('HostAlias', { description: 'One more line of the hosts file of a pod.', simpleResolvers: true })
export class HostAlias implements api.HostAlias {
  @Field(() => String, { description: 'The address.' })
  readonly ip!: string;

  @Field(() => [String], { description: 'The names that mean it.' })
  readonly hostnames!: readonly string[];
}
