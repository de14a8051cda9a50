/** How many tags a request may set, and which keys are AWS's own. What the resource bears already is not counted. */
import type { AwsError, Overlay } from '../overlay.ts';
import { requestTags } from '../request-tags.ts';

const MOST = 50;

interface Rule {
  service: string;
  operation: RegExp;
  source: string;
  tooMany: AwsError;
  reserved: AwsError;
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
  },
  {
    service: 'kms',
    operation: /^(CreateKey|TagResource)$/,
    source: 'KMS API, TagResource: TagException, LimitExceededException; "the aws: prefix is reserved"',
    tooMany: bad('LimitExceededException', `A KMS key has at most ${MOST} tags`),
    reserved: bad('TagException', 'aws: prefixed tag key names are not allowed for external use'),
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
  },
];

export const tagLimitOverlays: Overlay[] = RULES.map(({ service, operation, source, tooMany, reserved }) => ({
  service,
  operation,
  source,
  before(call, bench) {
    const keys = Object.keys(requestTags(call) ?? {});
    if (keys.some(key => /^aws:/i.test(key))) return bench.error(call, reserved);
    return keys.length > MOST ? bench.error(call, tooMany) : undefined;
  },
}));
