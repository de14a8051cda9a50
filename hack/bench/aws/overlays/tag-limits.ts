/** How many tags a resource bears at most, those of before among them, and which keys are AWS's own. */
import { isObject } from '../../policy/document.ts';
import {
  type AwsError,
  type BenchContext,
  type Call,
  jsonInput,
  type Overlay,
  textField,
} from '../overlay.ts';
import { requestTags } from '../request-tags.ts';
import { unescapeXml, xmlElements, xmlText } from '../xml.ts';
import { textAt } from '../xml-tree.ts';
import { list } from './ec2/ask.ts';
import { tagKeysBefore } from './iam/tags.ts';
import { askJson, askSns } from './questions.ts';

const MOST = 50;

interface Rule {
  service: string;
  operation: RegExp;
  source: string;
  tooMany: AwsError;
  reserved: AwsError;
  /** Keys that each resource of a call has already; none for a call that makes one. */
  borne(call: Call, bench: BenchContext): Promise<readonly (readonly string[])[]>;
  /** Keys that differ only so are one. */
  ignoresCase?: true;
}

const bad = (code: string, message: string, status = 400): AwsError => ({ status, code, message });

const RULES: readonly Rule[] = [
  {
    service: 'ec2',
    operation: /^(Create|Allocate)/,
    source:
      'EC2 user guide, "Tag restrictions": 50 a resource, and aws: is reserved; "Error codes for the Amazon EC2 API": TagLimitExceeded',
    tooMany: bad('TagLimitExceeded', `More than ${MOST} tags specified`),
    reserved: bad('InvalidParameterValue', "Tag keys starting with 'aws:' are reserved for internal use"),
    async borne(call, bench) {
      if (call.operation !== 'CreateTags') return [];
      const ids = Object.entries(jsonInput(call)).filter(([field]) => /^ResourceId\.\d+$/.test(field));
      return Promise.all(
        ids.map(async ([, id]) => {
          const tags = await list(bench, call, 'DescribeTags', 'tagSet', { 'resource-id': String(id) });
          return tags.map(tag => textAt(tag, 'key'));
        }),
      );
    },
  },
  {
    service: 'kms',
    operation: /^(CreateKey|TagResource)$/,
    source: 'KMS API, TagResource: TagException, LimitExceededException; "the aws: prefix is reserved"',
    tooMany: bad('LimitExceededException', `A KMS key has at most ${MOST} tags`),
    reserved: bad('TagException', 'aws: prefixed tag key names are not allowed for external use'),
    async borne(call, bench) {
      if (call.operation !== 'TagResource') return [];
      const { service, region, accountId } = call;
      const input = { KeyId: textField(call, 'KeyId') };
      const answer = await askJson(bench, {
        service,
        region,
        accountId,
        operation: 'ListResourceTags',
        input,
      });
      const tags = Array.isArray(answer?.Tags) ? answer.Tags.filter(isObject) : [];
      return [tags.map(tag => String(tag.TagKey))];
    },
  },
  {
    service: 'sns',
    operation: /^(CreateTopic|TagResource)$/,
    source: `SNS API, TagResource: TagLimitExceeded, "Can't add more than ${MOST} tags to a topic"; SNS developer guide, "Amazon SNS topic tagging"`,
    tooMany: bad(
      'TagLimitExceededException',
      `Could not complete request: tag quota of per resource exceeded`,
    ),
    reserved: bad('InvalidParameterException', 'Invalid parameter: Tag keys must not start with aws:'),
    async borne(call, bench) {
      if (call.operation !== 'TagResource') return [];
      const arn = textField(call, 'ResourceArn');
      const answer = await askSns(bench, arn, 'ListTagsForResource', { ResourceArn: arn });
      const members = xmlElements(answer.body.toString('utf8'), 'member');
      return [members.map(member => unescapeXml(xmlText(member, 'Key') ?? ''))];
    },
  },
  {
    service: 'iam',
    operation: /^(Create|Tag)/,
    source:
      'IAM user guide, "Rules for tagging in IAM and AWS STS"; IAM API, TagRole: LimitExceeded, InvalidInput',
    tooMany: bad(
      'LimitExceededException',
      `The number of tags has reached the maximum limit of ${MOST}`,
      409,
    ),
    reserved: bad('InvalidInputException', 'Tag keys must not begin with aws:'),
    // The same rules: keys are not case sensitive, and another spelling of a key replaces its tag.
    ignoresCase: true,
    borne: async (call, bench) => [await tagKeysBefore(call, bench)],
  },
];

export const tagLimitOverlays: Overlay[] = RULES.map(
  ({ service, operation, source, tooMany, reserved, borne, ignoresCase }) => ({
    service,
    operation,
    source,
    async before(call, bench) {
      const keys = Object.keys(requestTags(call) ?? {});
      if (keys.length === 0) return undefined;
      if (keys.some(key => /^aws:/i.test(key))) return bench.error(call, reserved);
      const isOver = (before: readonly string[]) => {
        const all = [...before.filter(key => !/^aws:/i.test(key)), ...keys];
        return new Set(ignoresCase === true ? all.map(key => key.toLowerCase()) : all).size > MOST;
      };
      return [[], ...(await borne(call, bench))].some(isOver) ? bench.error(call, tooMany) : undefined;
    },
  }),
);
