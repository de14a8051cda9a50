import { GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { type AccessState, accessReadiness, accessState, includesStatement, keyAllows } from '../access.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import { onlyRead } from '../only-read.ts';
import type { Statement } from '../policy.ts';

export interface SenderAccessDesired {
  readonly queueName: string;
  /** The statement that lets the sender in; the Queue writes it. */
  readonly queueStatement: Statement;
  /** Statements of the queue's key of which one must be there: its own key's, or the environment's key's. */
  readonly keyStatements: readonly Statement[];
}

/** Whether a queue, written by its own object, lets a sender in. Only read: nothing here is ever changed. */
export const senderAccessAdaptor: AwsAdaptor<SenderAccessDesired, AccessState> = {
  type: 'sqs/sender-access',
  createBy: 'name',
  holdsData: false,
  settleMs: 0,
  async find(scope, _identity, { desired }) {
    if (desired === undefined) return [];
    const { QueueUrl } =
      (await orAbsent(scope.sqs.send(new GetQueueUrlCommand({ QueueName: desired.queueName })))) ?? {};
    if (QueueUrl === undefined) return [];
    const answer = await orAbsent(
      scope.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy', 'KmsMasterKeyId'] }),
      ),
    );
    if (answer === undefined) return [];
    const key = answer.Attributes?.KmsMasterKeyId;
    const policyAllows = includesStatement(answer.Attributes?.Policy, desired.queueStatement);
    const opened = await keyAllows(scope, key, desired.keyStatements);
    const what = `access to ${QueueUrl}: ${JSON.stringify(desired.queueStatement)}`;
    const state = accessState(scope, what, { policyAllows, keyAllows: opened });
    return [{ id: QueueUrl, tags: 'inherited', state }];
  },
  ...onlyRead('sender access is only read'),
  readiness: state => accessReadiness('queue', state),
};
