import { Field, InputType, Int } from 'type-graphql';
import type { Loose } from '../../api/loose';
import type * as api from '../../api/pod';
import { HTTPScheme } from '../types/enums';

@InputType('HTTPHeaderInput', { description: 'One header of a request.' })
export class HTTPHeaderInput implements Loose<api.EnvVar> {
  @Field(() => String, { description: 'The name of the header.' })
  readonly name!: string;

  @Field(() => String, { description: 'Its value.' })
  readonly value!: string;
}

@InputType('ExecActionInput', { description: 'Runs a command in the container; exit code 0 is success.' })
export class ExecActionInput {
  @Field(() => [String], { description: 'The program and its arguments; no shell.' })
  readonly command!: readonly string[];
}

@InputType('HTTPGetActionInput', { description: 'Asks the container over HTTP; a status from 200 to 399 is success.' })
export class HTTPGetActionInput implements Loose<api.HttpGetAction> {
  @Field(() => String, { nullable: true, description: 'The path of the request; "/" if left out.' })
  readonly path?: string | null;

  @Field(() => Int, { description: 'The port of the container, 1 to 65535.' })
  readonly port!: number;

  @Field(() => HTTPScheme, { nullable: true, description: 'HTTP if left out.' })
  readonly scheme?: 'HTTP' | 'HTTPS' | null;

  @Field(() => [HTTPHeaderInput], { nullable: true, description: 'Headers to send.' })
  readonly headers?: readonly HTTPHeaderInput[] | null;
}

@InputType('TCPSocketActionInput', { description: 'A check that opens a connection to the container.' })
export class TCPSocketActionInput {
  @Field(() => Int, { description: 'The port of the container, 1 to 65535.' })
  readonly port!: number;
}

@InputType('ProbeInput', { description: 'A check of a container, repeated. Give exactly one of exec, httpGet and tcpSocket.' })
export class ProbeInput implements Loose<api.Probe> {
  @Field(() => ExecActionInput, { nullable: true, description: 'Check by a command.' })
  readonly exec?: ExecActionInput | null;

  @Field(() => HTTPGetActionInput, { nullable: true, description: 'Check by an HTTP request.' })
  readonly httpGet?: HTTPGetActionInput | null;

  @Field(() => TCPSocketActionInput, { nullable: true, description: 'Check by a TCP connection.' })
  readonly tcpSocket?: TCPSocketActionInput | null;

  @Field(() => Int, { nullable: true, description: 'Seconds from the start to the first check; 0 if left out.' })
  readonly initialDelaySeconds?: number | null;

  @Field(() => Int, { nullable: true, description: 'Seconds from one check to the next; 10 if left out.' })
  readonly periodSeconds?: number | null;

  @Field(() => Int, { nullable: true, description: 'Seconds after which a check has failed; 1 if left out.' })
  readonly timeoutSeconds?: number | null;

  @Field(() => Int, { nullable: true, description: 'Successes in a row that make it well again; 1 if left out.' })
  readonly successThreshold?: number | null;

  @Field(() => Int, { nullable: true, description: 'Failures in a row that make it count as failed; 3 if left out.' })
  readonly failureThreshold?: number | null;
}
