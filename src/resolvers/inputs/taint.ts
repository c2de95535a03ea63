import { Field, InputType, Int } from 'type-graphql';
import type { Loose } from '../../api/loose';
import type * as api from '../../api/taints';
import { TaintEffect, TolerationOperator } from '../types/enums';

@InputType('TaintInput', { description: 'Keeps pods off a node that do not tolerate it.' })
export class TaintInput implements Loose<api.Taint> {
  @Field(() => String, { description: 'What it is about; tolerations name it.' })
  readonly key!: string;

  @Field(() => String, { nullable: true, description: 'Its value, if it is to have one.' })
  readonly value?: string | null;

  @Field(() => TaintEffect, { description: 'What it does to pods that do not tolerate it.' })
  readonly effect!: api.TaintEffect;
}

@InputType('TolerationInput', { description: 'Taints that a pod puts up with.' })
export class TolerationInput implements Loose<api.Toleration> {
  @Field(() => String, { nullable: true, description: 'The key of the taint; every taint if left out, which needs operator EXISTS.' })
  readonly key?: string | null;

  @Field(() => TolerationOperator, { nullable: true, description: 'How the value of the taint is looked at; EQUAL if left out.' })
  readonly operator?: api.TolerationOperator | null;

  @Field(() => String, { nullable: true, description: 'With EQUAL: the value that the taint must have; none if left out.' })
  readonly value?: string | null;

  @Field(() => TaintEffect, { nullable: true, description: 'The effect of the taint; every effect if left out.' })
  readonly effect?: api.TaintEffect | null;

  @Field(() => Int, { nullable: true, description: 'Of NO_EXECUTE: seconds that the pod stays once the taint is there; for ever if left out.' })
  readonly tolerationSeconds?: number | null;
}
