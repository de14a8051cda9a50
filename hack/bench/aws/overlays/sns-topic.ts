import { validate } from '../../policy/validate.ts';
import { type Answer, mapField, type Overlay, textField } from '../overlay.ts';
import { unescapeXml, xmlElements, xmlText } from '../xml.ts';
import { askSns, topicAttributes } from './questions.ts';
import { withoutCleared } from './sns-cleared.ts';
import { invalid, isSame } from './sns-parameter.ts';

const settable = new Set(
  `DeliveryPolicy DisplayName Policy TracingConfig KmsMasterKeyId SignatureVersion ArchivePolicy
  ContentBasedDeduplication FifoThroughputScope`.split(/\s+/),
);

const feedback =
  /^(Application|HTTP|Firehose|Lambda|SQS)(SuccessFeedbackRoleArn|FailureFeedbackRoleArn|SuccessFeedbackSampleRate)$/;

function topicProblem(name: string, value: string): string | undefined {
  if (!settable.has(name) && !feedback.test(name)) return 'AttributeName';
  if (name === 'Policy' && validate(value, { kind: 'sns' }).length > 0)
    return `Policy Error: ${validate(value, { kind: 'sns' })[0]}`;
  return undefined;
}

const topicValues: Overlay = {
  service: 'sns',
  operation: ['CreateTopic', 'SetTopicAttributes'],
  source: 'SNS API, SetTopicAttributes: AttributeName; error InvalidParameter',
  before(call, bench) {
    if (call.operation === 'SetTopicAttributes') {
      const problem = topicProblem(textField(call, 'AttributeName'), textField(call, 'AttributeValue'));
      return problem === undefined ? undefined : invalid(call, bench, problem);
    }
    const attributes = mapField(call, 'Attributes');
    const name = textField(call, 'Name');
    const isFifo = attributes.FifoTopic === 'true';
    if (!/^[A-Za-z0-9_-]{1,256}(\.fifo)?$/.test(name) || name.endsWith('.fifo') !== isFifo)
      return invalid(call, bench, isFifo ? 'Fifo Topic names must end with .fifo' : 'Topic Name');
    for (const [key, value] of Object.entries(attributes)) {
      const problem = key === 'FifoTopic' ? undefined : topicProblem(key, value);
      if (problem) return invalid(call, bench, `Attributes Reason: ${problem}`);
    }
    return undefined;
  },
};

const createAgain: Overlay = {
  service: 'sns',
  operation: 'CreateTopic',
  source: 'SNS API, CreateTopic: InvalidParameter "Topic already exists with different tags" or attributes',
  async before(call, bench) {
    const arn = `arn:aws:sns:${call.region}:${call.accountId}:${textField(call, 'Name')}`;
    const existing = await topicAttributes(bench, arn);
    if (!existing) return undefined;
    for (const [name, value] of Object.entries(mapField(call, 'Attributes'))) {
      if (!isSame(existing[name] ?? '', value))
        return invalid(call, bench, 'Attributes Reason: Topic already exists with different attributes');
    }
    const tags = mapField(call, 'Tags');
    if (Object.keys(tags).length === 0) return undefined;
    const current = await askSns(bench, arn, 'ListTagsForResource', { ResourceArn: arn });
    if (sameTags(tags, tagsOf(current))) return undefined;
    return invalid(call, bench, 'Tags Reason: Topic already exists with different tags');
  },
};

function tagsOf(answer: Answer): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const member of xmlElements(answer.body.toString('utf8'), 'member')) {
    tags[unescapeXml(xmlText(member, 'Key') ?? '')] = unescapeXml(xmlText(member, 'Value') ?? '');
  }
  return tags;
}

function sameTags(a: Record<string, string>, b: Record<string, string>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every(name => a[name] === b[name]);
}

const cleared: Overlay = {
  service: 'sns',
  operation: 'GetTopicAttributes',
  source: 'SNS API, GetTopicAttributes: what was set to nothing is not shown',
  after: (_call, answer) => withoutCleared(answer),
};

export const snsTopicOverlays: Overlay[] = [topicValues, createAgain, cleared];
