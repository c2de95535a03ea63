import { Field, InputType, Int } from 'type-graphql';
import type { Loose } from '../../api/loose';
import type * as api from '../../api/pod';
import { ExecActionInput, HTTPGetActionInput } from './probe';

@InputType('SleepActionInput', { description: 'Waits.' })
export class SleepActionInput {
  @Field(() => Int, { description: 'How many seconds, at most the grace period of the pod.' })
  readonly seconds!: number;
}

@InputType('LifecycleHandlerInput', { description: 'What is done at a turn of a container\'s life. Give exactly one of exec, httpGet and sleep.' })
export class LifecycleHandlerInput implements Loose<api.LifecycleHandler> {
  @Field(() => ExecActionInput, { nullable: true, description: 'Run a command in the container.' })
  readonly exec?: ExecActionInput | null;

  @Field(() => HTTPGetActionInput, { nullable: true, description: 'Ask the container over HTTP.' })
  readonly httpGet?: HTTPGetActionInput | null;

  @Field(() => SleepActionInput, { nullable: true, description: 'Do nothing for a while.' })
  readonly sleep?: SleepActionInput | null;
}

@InputType('LifecycleInput', { description: 'What is done at the turns of a container\'s life.' })
export class LifecycleInput implements Loose<api.Lifecycle> {
  @Field(() => LifecycleHandlerInput, { nullable: true, description: 'Done before a container that runs is asked to end. The grace period runs meanwhile.' })
  readonly preStop?: LifecycleHandlerInput | null;
}
