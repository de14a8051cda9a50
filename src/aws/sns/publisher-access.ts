import { GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { type AccessState, accessReadiness, readAccess } from '../access.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import { onlyRead } from '../only-read.ts';
import type { Statement } from '../policy.ts';

export interface PublisherAccessDesired {
  readonly topicArn: string;
  readonly topicStatement: Statement;
  /** Statements of the topic's key of which one must be there. */
  readonly keyStatements: readonly Statement[];
}

/** Whether a topic, written by its own object, lets a publisher in. Only read. */
export const publisherAccessAdaptor: AwsAdaptor<PublisherAccessDesired, AccessState> = {
  type: 'sns/publisher-access',
  createBy: 'name',
  holdsData: false,
  settleMs: 0,
  async find(scope, _identity, { desired }) {
    if (desired === undefined) return [];
    const { topicArn, topicStatement: statement, keyStatements } = desired;
    const answer = await orAbsent(scope.sns.send(new GetTopicAttributesCommand({ TopicArn: topicArn })));
    if (answer === undefined) return [];
    const state = await readAccess(scope, topicArn, answer.Attributes, { statement, keyStatements });
    return [{ id: topicArn, tags: 'inherited', state }];
  },
  ...onlyRead('publisher access is only read'),
  readiness: state => accessReadiness('topic', state),
};
