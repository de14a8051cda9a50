import { z } from 'zod';
import { choice, freeText, setOf, text } from './fields.ts';
import { celMatches, rules } from './rules.ts';

const account = '[0-9]{12}';
/**
 * What CloudFront reads a bucket as, where it has no origin access control: Amazon CloudFront Developer Guide, "Use an origin
 * access identity". S3 shows one by its canonical user in this form too (terraform-provider-aws,
 * aws_cloudfront_origin_access_identity: "Updating your bucket policy").
 */
export const ORIGIN_ACCESS_IDENTITY = 'cloudfront:user/CloudFront Origin Access Identity E[A-Z0-9]+';
const principal = new RegExp(
  `^([*]|${account}|arn:aws[a-z-]*:iam::(${account}:(root|(role|user)/[A-Za-z0-9+=,.@_/-]+)|${ORIGIN_ACCESS_IDENTITY}))$`,
);
const service = /^[a-z0-9][a-z0-9.-]*[.]amazonaws[.]com([.]cn)?$/;

// Reading, and work with objects: nobody gets the bucket's own configuration through a policy of a team.
const action =
  /^s3:((Get|List|Replicate)[A-Za-z]*|(Put|Delete|Restore)Object[A-Za-z]*|AbortMultipartUpload|ObjectOwnerOverrideToBucketOwner)[*]?$/;
// What the operator itself needs can so never be denied.
const deniable =
  /^s3:((Get|Put|Delete|Restore|Replicate)Object[A-Za-z]*|AbortMultipartUpload|ListMultipartUploadParts)[*]?$/;

const suffix = /^(\/[A-Za-z0-9!_.*()/ ${}:?=@+,&-]*)?$/;
const operator =
  /^(ForAnyValue:|ForAllValues:)?((String(Not)?(Equals|Like)(IgnoreCase)?|Numeric(Not)?Equals|Numeric(Less|Greater)Than(Equals)?|Date(Not)?Equals|Date(Less|Greater)Than(Equals)?|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?|Null)$/;
const conditionKey = /^[A-Za-z0-9-]+:[A-Za-z0-9/_.:=+@ -]+$/;

const Principals = z
  .object({
    aws: setOf(
      text(
        {
          pattern: principal,
          says: 'must be an account id of 12 digits, the ARN of an IAM role, user, account root or CloudFront origin access identity, or * in a Deny',
          max: 640,
        },
        'Principal.',
      ),
      0,
      30,
      "Accounts, IAM roles, users and CloudFront origin access identities. Those of other accounts, and the identities, need the environment's grants.principals. Default: none.",
    ).optional(),
    services: setOf(
      text(
        {
          pattern: service,
          says: 'must be a service principal like cloudfront.amazonaws.com',
          max: 128,
        },
        'Service principal.',
      ),
      0,
      20,
      'AWS services. An Allow must say for whom the service acts, by a condition on aws:SourceArn or aws:SourceAccount. Default: none.',
    ).optional(),
  })
  .meta(
    rules({
      rule: '(has(self.aws) && size(self.aws) > 0) || (has(self.services) && size(self.services) > 0)',
      message: 'name at least one principal in aws or services',
    }),
  );

const ConditionValues = z
  .array(freeText(1024, 'Value.'))
  .min(1)
  .max(50)
  .meta({ 'x-kubernetes-list-type': 'set' });

const Conditions = z
  .record(
    z.string().regex(operator),
    z
      .record(z.string().regex(conditionKey).max(256), ConditionValues)
      .meta({ minProperties: 1, maxProperties: 10 })
      .meta(
        rules(
          {
            rule: `self.all(key, size(key) <= 256 && ${celMatches('key', conditionKey)})`,
            message: 'a condition key is like aws:SourceAccount or s3:prefix',
          },
          {
            // AWS IAM User Guide, "Condition": keys are the same whatever their case. Which of two AWS goes by is not documented.
            rule: 'self.all(key, self.exists_one(other, other.lowerAscii() == key.lowerAscii()))',
            message:
              'condition keys that differ only in upper and lower case are one to AWS: write all values under one of them',
          },
        ),
      ),
  )
  .meta({ minProperties: 1, maxProperties: 10 })
  .meta(
    rules({
      rule: `self.all(operator, size(operator) <= 64 && ${celMatches('operator', operator)})`,
      message:
        'a condition operator is one of the IAM policy language: StringEquals, StringLike, ArnLike, Bool, IpAddress, …',
    }),
  );

/** Of the statements that the operator writes itself: a policy takes no name twice. */
const OWN_SIDS = ['DenyPlaintext', 'DenyOldTls', 'PublicRead'];

/** One extra statement of the bucket's policy. Its resources are in this bucket; there is no way to say another. */
export const BucketPolicyStatement = z
  .object({
    sid: text(
      { pattern: /^[A-Za-z0-9]+$/, says: 'a sid has letters and digits only', max: 64 },
      'Name of the statement, unlike those of the others.',
    ),
    effect: choice(['Allow', 'Deny'], 'Allow or Deny.'),
    principals: Principals.describe('Whom it is about.'),
    actions: setOf(
      text(
        {
          pattern: action,
          says: "must be an S3 action on objects or one that reads, like s3:GetObject or s3:PutObject*: the bucket's own configuration is the operator's",
          max: 128,
        },
        'Action.',
      ),
      1,
      50,
      'Actions, with * at the end only.',
    ),
    resources: setOf(
      text(
        {
          pattern: suffix,
          says: "must be what follows the bucket's ARN: empty for the bucket itself, /* for all its objects, /path/* for some",
          min: 0,
          max: 1024,
        },
        'What follows the ARN of the bucket.',
      ),
      1,
      50,
      'What follows the ARN of this bucket: empty for the bucket itself, /* for its objects. Default: both.',
    ).optional(),
    conditions: Conditions.describe(
      'Operator to key to values, in the words of IAM policies. Default: none.',
    ).optional(),
  })
  .meta(
    rules(
      {
        rule: `!(self.sid in ['${OWN_SIDS.join("', '")}'])`,
        message: `the operator's own statements are called ${OWN_SIDS.join(', ')}: choose another sid`,
        fieldPath: '.sid',
      },
      {
        rule: "self.effect == 'Deny' || !has(self.principals.aws) || !('*' in self.principals.aws)",
        message:
          "principal * is for Deny only; for a bucket that everyone can read use publicRead, which needs the environment's grant",
      },
      {
        rule: `self.effect == 'Allow' || self.actions.all(action, ${celMatches('action', deniable)})`,
        message:
          'a Deny can name actions on objects only, like s3:GetObject* or s3:DeleteObject: others would shut the operator out',
      },
      {
        rule: "self.effect == 'Deny' || !has(self.principals.services) || size(self.principals.services) == 0 || (has(self.conditions) && ['StringEquals', 'ArnEquals', 'ArnLike'].exists(operator, operator in self.conditions && self.conditions[operator].exists(key, key.lowerAscii() in ['aws:sourcearn', 'aws:sourceaccount'])))",
        message:
          'an Allow for an AWS service needs a condition StringEquals, ArnEquals or ArnLike on aws:SourceArn or aws:SourceAccount, or anybody could use the service to reach the bucket',
      },
    ),
  );
export type BucketPolicyStatement = z.infer<typeof BucketPolicyStatement>;
