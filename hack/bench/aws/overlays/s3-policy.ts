import { evaluate } from '../../policy/evaluate.ts';
import { isPublicPolicy } from '../../policy/public.ts';
import { validate } from '../../policy/validate.ts';
import { type BenchContext, type Overlay, xmlInput } from '../overlay.ts';
import { freshIn } from './iam/propagation.ts';
import { callerOf } from './questions.ts';
import { askBucket, bucketOf, bucketText, xmlField } from './s3-questions.ts';

const accountBlock = (accountId: string) => `s3:account blocks public policies:${accountId}`;

/** As PutPublicAccessBlock of S3 Control does for a whole account; a reset takes it away. */
export function blockPublicPolicies(
  { state }: Pick<BenchContext, 'state'>,
  accountId: string,
  on = true,
): void {
  state.set(accountBlock(accountId), on);
}

const putPolicy: Overlay = {
  service: 's3',
  operation: 'PutBucketPolicy',
  source:
    'S3 API, "Error responses", MalformedPolicy; S3 user guide, "The meaning of public"; "Blocking public access to your Amazon S3 storage": of the settings of bucket, account and organization "the most restrictive combination" holds; terraform-provider-aws, internal/service/s3/bucket_policy.go: MalformedPolicy is waited for while IAM spreads a principal; noobaa-core, src/endpoint/s3/s3_errors.js: MalformedPolicy with a Detail',
  async before(call, bench) {
    const bucket = bucketOf(call);
    // A bucket that is not there is the emulator's to refuse.
    if ((await askBucket(bench, bucket, '', call)).status !== 200) return undefined;
    const policy = call.body.toString('utf8');
    const [message] = validate(policy, { kind: 's3', resourceArn: `arn:aws:s3:::${bucket}` });
    const malformed = (text: string, fields = {}) =>
      bench.error(call, { status: 400, code: 'MalformedPolicy', message: text, fields });
    if (message) return malformed(message);
    const fresh = freshIn(bench, policy);
    if (fresh !== undefined)
      return malformed('Invalid principal in policy', { Detail: `"AWS" : "${fresh}"` });
    const block = await bucketText(bench, bucket, 'publicAccessBlock', call);
    const isBlocked =
      xmlField(block ?? '', 'BlockPublicPolicy') === 'true' ||
      bench.state.get(accountBlock(call.accountId)) === true;
    if (!isPublicPolicy(policy) || !isBlocked) return undefined;
    const reason = `User: ${callerOf(call).arn} is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::${bucket}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`;
    return bench.error(call, { status: 403, code: 'AccessDenied', message: reason });
  },
};

const policyStatus: Overlay = {
  service: 's3',
  operation: 'GetBucketPolicyStatus',
  source: 'S3 API, GetBucketPolicyStatus; error NoSuchBucketPolicy where there is none',
  async before(call, bench) {
    const answer = await askBucket(bench, bucketOf(call), 'policy', call);
    if (answer.status !== 200) return answer;
    const isPublic = isPublicPolicy(answer.body.toString('utf8'));
    return bench.success(
      call,
      `<PolicyStatus xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsPublic>${isPublic}</IsPublic></PolicyStatus>`,
    );
  },
};

const logging: Overlay = {
  service: 's3',
  operation: 'PutBucketLogging',
  source: 'S3 user guide, "Permissions for log delivery"; S3 API, error InvalidTargetBucketForLogging',
  async before(call, bench) {
    const source = bucketOf(call);
    const target = xmlField(xmlInput(call), 'TargetBucket');
    if (!target) return undefined;
    const refuse = (message: string) =>
      bench.error(call, {
        status: 400,
        code: 'InvalidTargetBucketForLogging',
        message,
        fields: { TargetBucket: target },
      });
    // "The destination bucket must be in the same AWS Region and AWS account as the source bucket."
    if ((await askBucket(bench, target, '', call)).status !== 200)
      return refuse('The target bucket for logging does not exist');
    const resourcePolicy = await bucketText(bench, target, 'policy', call);
    const { decision } = evaluate({
      kind: 's3',
      ...(resourcePolicy && { resourcePolicy }),
      request: {
        principal: { type: 'service', service: 'logging.s3.amazonaws.com' },
        action: 's3:PutObject',
        resource: `arn:aws:s3:::${target}/${xmlField(xmlInput(call), 'TargetPrefix') ?? ''}log`,
        context: {
          'aws:SourceArn': `arn:aws:s3:::${source}`,
          'aws:SourceAccount': call.accountId,
          'aws:SecureTransport': 'true',
          's3:TlsVersion': '1.3',
        },
      },
    });
    if (decision === 'Allow') return undefined;
    return refuse(
      'The owner for the bucket to be logged and the target bucket must permit logging.s3.amazonaws.com',
    );
  },
};

export const s3PolicyOverlays: Overlay[] = [putPolicy, policyStatus, logging];
