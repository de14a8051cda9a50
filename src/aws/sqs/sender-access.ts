import { GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { type AccessState, accessReadiness, readAccess } from '../access.ts';
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
    const { queueName, queueStatement: statement, keyStatements } = desired;
    const { QueueUrl } =
      (await orAbsent(scope.sqs.send(new GetQueueUrlCommand({ QueueName: queueName })))) ?? {};
    if (QueueUrl === undefined) return [];
    const answer = await orAbsent(
      scope.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy', 'KmsMasterKeyId'] }),
      ),
    );
    if (answer === undefined) return [];
    const state = await readAccess(scope, QueueUrl, answer.Attributes, { statement, keyStatements });
    return [{ id: QueueUrl, tags: 'inherited', state }];
  },
  ...onlyRead('sender access is only read'),
  readiness: state => accessReadiness('queue', state),
};
