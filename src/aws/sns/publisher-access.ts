import { GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { type AccessState, accessReadiness, accessState, includesStatement, keyAllows } from '../access.ts';
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
    const answer = await orAbsent(
      scope.sns.send(new GetTopicAttributesCommand({ TopicArn: desired.topicArn })),
    );
    if (answer === undefined) return [];
    const policyAllows = includesStatement(answer.Attributes?.Policy, desired.topicStatement);
    const opened = await keyAllows(scope, answer.Attributes?.KmsMasterKeyId, desired.keyStatements);
    const what = `access to ${desired.topicArn}: ${JSON.stringify(desired.topicStatement)}`;
    const state = accessState(scope, what, { policyAllows, keyAllows: opened });
    return [{ id: desired.topicArn, tags: 'inherited', state }];
  },
  ...onlyRead('publisher access is only read'),
  readiness: state => accessReadiness('topic', state),
};
