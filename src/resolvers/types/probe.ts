import { Field, Int, ObjectType } from 'type-graphql';
import type * as api from '../../api/pod';
import { HTTPScheme } from './enums';

@ObjectType('HTTPHeader', { description: 'One header of a request.', simpleResolvers: true })
export class HTTPHeader implements api.EnvVar {
  @Field(() => String, { description: 'The name of the header.' })
  readonly name!: string;

  @Field(() => String, { description: 'Its value.' })
  readonly value!: string;
}

@ObjectType('ExecAction', { description: 'Runs a command in the container; exit code 0 is success.', simpleResolvers: true })
export class ExecAction {
  @Field(() => [String], { description: 'The program and its arguments; no shell.' })
  readonly command!: readonly string[];
}

@ObjectType('HTTPGetAction', { description: 'Asks the container over HTTP; a status from 200 to 399 is success.', simpleResolvers: true })
export class HTTPGetAction implements api.HttpGetAction {
  @Field(() => String, { description: 'The path of the request.' })
  readonly path!: string;

  @Field(() => Int, { description: 'The port of the container, 1 to 65535.' })
  readonly port!: number;

  @Field(() => HTTPScheme, { description: 'HTTP unless said otherwise.' })
  readonly scheme!: 'HTTP' | 'HTTPS';

  @Field(() => [HTTPHeader], { description: 'Headers to send.' })
  readonly headers!: readonly HTTPHeader[];
}

@ObjectType('TCPSocketAction', { description: 'Opens a connection to the container; that it opens is success.', simpleResolvers: true })
export class TCPSocketAction {
  @Field(() => Int, { description: 'The port of the container, 1 to 65535.' })
  readonly port!: number;
}

@ObjectType('Probe', { description: 'A check of a container, repeated. Exactly one of exec, httpGet and tcpSocket is there.', simpleResolvers: true })
export class Probe implements api.Probe {
  @Field(() => ExecAction, { nullable: true, description: 'The check is a command.' })
  readonly exec!: ExecAction | null;

  @Field(() => HTTPGetAction, { nullable: true, description: 'The check is an HTTP request.' })
  readonly httpGet!: HTTPGetAction | null;

  @Field(() => TCPSocketAction, { nullable: true, description: 'The check is a TCP connection.' })
  readonly tcpSocket!: TCPSocketAction | null;

  @Field(() => Int, { description: 'Seconds from the start of the container to the first check.' })
  readonly initialDelaySeconds!: number;

  @Field(() => Int, { description: 'Seconds from one check to the next.' })
  readonly periodSeconds!: number;

  @Field(() => Int, { description: 'Seconds after which a check without an answer has failed.' })
  readonly timeoutSeconds!: number;

  @Field(() => Int, { description: 'Successes in a row that make a failing container well again.' })
  readonly successThreshold!: number;

  @Field(() => Int, { description: 'Failures in a row that make it count as failed.' })
  readonly failureThreshold!: number;
}
