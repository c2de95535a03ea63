import { Field, Int, ObjectType } from 'type-graphql';
import type * as api from '../../api/pod';
import { ExecAction, HTTPGetAction } from './probe';

@ObjectType('SleepAction', { description: 'Waits.', simpleResolvers: true })
export class SleepAction {
  @Field(() => Int, { description: 'How many seconds.' })
  readonly seconds!: number;
}

@ObjectType('LifecycleHandler', { description: 'What is done at a turn of a container\'s life. Exactly one of exec, httpGet and sleep is there.', simpleResolvers: true })
export class LifecycleHandler implements api.LifecycleHandler {
  @Field(() => ExecAction, { nullable: true, description: 'A command is run in the container.' })
  readonly exec!: ExecAction | null;

  @Field(() => HTTPGetAction, { nullable: true, description: 'The container is asked over HTTP.' })
  readonly httpGet!: HTTPGetAction | null;

  @Field(() => SleepAction, { nullable: true, description: 'Nothing is done for a while.' })
  readonly sleep!: SleepAction | null;
}

@ObjectType('Lifecycle', { description: 'What is done at the turns of a container\'s life.', simpleResolvers: true })
export class Lifecycle implements api.Lifecycle {
  @Field(() => LifecycleHandler, {
    nullable: true,
    description: 'Done before a container that runs is asked to end. The grace period runs meanwhile; that it fails changes nothing.',
  })
  readonly preStop!: LifecycleHandler | null;
}
