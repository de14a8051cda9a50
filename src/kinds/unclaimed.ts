import type { KeyState } from '../aws/kms/key-state.ts';
import type { Observations } from '../engine/graph.ts';
import type { KindCondition, KindInput } from './kind.ts';
import { unclaimedSenders } from './senders.ts';
import { type Form, keyForm } from './statements.ts';

type Input = KindInput<{ readonly fifo?: boolean | undefined }>;

/** Whom the policy of a queue or topic, or that of its key, lets in without an object. `policy`: as AWS has it. */
export function unclaimedIn(
  input: Input,
  seen: Observations,
  of: { readonly form: Form; readonly policy: string | undefined },
): readonly string[] {
  const senders = [
    ...unclaimedSenders(input, of.form, of.policy),
    ...unclaimedSenders(input, keyForm(input.place), seen.state<KeyState>('key')?.policy),
  ];
  return [...new Set(senders.flatMap(one => one.arn))].sort();
}

/** Told while there are any. */
export function unclaimedConditions({ kind }: Input, arns: readonly string[] = []): readonly KindCondition[] {
  if (arns.length === 0) return [];
  const message =
    `still lets in ${arns.join(', ')}, whose objects are not here yet: this was so in AWS before there was this ${kind}. Once an object ` +
    `is here it goes by that; if none ever comes, take the statement out of the policies of the ${kind} and of its key in AWS`;
  return [{ type: 'SendersKnown', status: 'False', reason: 'SenderMissing', message, warns: true }];
}
