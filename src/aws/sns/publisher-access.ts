import { GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import type { Adaptor } from '../../engine/adaptor.ts';
import { includesStatement, keyAllows } from '../access.ts';
import { orAbsent } from '../errors.ts';
import type { Statement } from '../policy.ts';
import type { AwsScope } from '../scope.ts';

export interface PublisherAccessDesired {
  readonly topicArn: string;
  readonly topicStatement: Statement;
  /** Statements of the topic's key of which one must be there. */
  readonly keyStatements: readonly Statement[];
}

export interface PublisherAccessState {
  readonly topicAllows: boolean;
  readonly keyAllows: boolean;
}

/** Whether a topic, written by its own object, lets a publisher in. Only read. */
export const publisherAccessAdaptor: Adaptor<PublisherAccessDesired, PublisherAccessState> = {
  type: 'sns/publisher-access',
  createBy: 'name',
  holdsData: false,
  settleMs: 0,
  async find(anyScope, _identity, { desired }) {
    const scope = anyScope as AwsScope;
    if (desired === undefined) return [];
    const answer = await orAbsent(
      scope.sns.send(new GetTopicAttributesCommand({ TopicArn: desired.topicArn })),
    );
    if (answer === undefined) return [];
    const topicAllows = includesStatement(answer.Attributes?.Policy, desired.topicStatement);
    const opened = await keyAllows(scope, answer.Attributes?.KmsMasterKeyId, desired.keyStatements);
    return [{ id: desired.topicArn, tags: 'inherited', state: { topicAllows, keyAllows: opened } }];
  },
  diff: () => [],
  create: () => Promise.reject(new Error('publisher access is only read')),
  update: () => Promise.reject(new Error('publisher access is only read')),
  remove: () => Promise.reject(new Error('publisher access is only read')),
  readiness(state) {
    if (state.topicAllows && state.keyAllows) return { is: 'ready' };
    const what = state.topicAllows ? "the topic's key" : "the topic's policy";
    return {
      is: 'in progress',
      message: `${what} does not let it in yet; the Topic opens it`,
      againInMs: 5_000,
    };
  },
};
