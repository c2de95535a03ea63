import { Field, Int, ObjectType } from 'type-graphql';
import type * as api from '../../api/taints';
import { DateTime } from '../scalars';
import { TaintEffect, TolerationOperator } from './enums';

@ObjectType('Taint', { description: 'Keeps pods off a node that do not tolerate it.', simpleResolvers: true })
export class Taint implements api.Taint {
  @Field(() => String, { description: 'What it is about; tolerations name it. node.kubernetes.io/not-ready and node.kubernetes.io/unreachable come and go by themselves.' })
  readonly key!: string;

  @Field(() => String, { nullable: true, description: 'Its value, if it has one.' })
  readonly value!: string | null;

  @Field(() => TaintEffect, { description: 'What it does to pods that do not tolerate it.' })
  readonly effect!: api.TaintEffect;

  @Field(() => DateTime, { nullable: true, description: 'When it was set.' })
  readonly timeAdded!: string | null;
}

@ObjectType('Toleration', { description: 'Taints that a pod puts up with.', simpleResolvers: true })
export class Toleration implements api.Toleration {
  @Field(() => String, { nullable: true, description: 'The key of the taint; null: every taint.' })
  readonly key!: string | null;

  @Field(() => TolerationOperator, { description: 'How the value of the taint is looked at.' })
  readonly operator!: api.TolerationOperator;

  @Field(() => String, { nullable: true, description: 'With EQUAL: the value that the taint must have; null: none.' })
  readonly value!: string | null;

  @Field(() => TaintEffect, { nullable: true, description: 'The effect of the taint; null: every effect.' })
  readonly effect!: api.TaintEffect | null;

  @Field(() => Int, { nullable: true, description: 'Of NO_EXECUTE: seconds that the pod stays once the taint is there; null: for ever.' })
  readonly tolerationSeconds!: number | null;
}
