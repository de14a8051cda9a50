import { jsonInput, textField } from '../../../hack/bench/aws/overlay.ts';
import { requestTags } from '../../../hack/bench/aws/request-tags.ts';
import { KMS, logsQuestions, s3Questions, snsQuestions, sqsQuestions, subnetGroupQuestions } from './data.ts';
import { ec2Questions } from './ec2.ts';
import { eksQuestions } from './eks.ts';
import { IAM } from './iam.ts';
import { type Asked, ofTagKeys, ofTags, type Question } from './question.ts';

type Questions = readonly Question[] | undefined;

const SERVICES: Readonly<Record<string, (asked: Asked) => Questions | Promise<Questions>>> = {
  acm: acmQuestions,
  ec2: ec2Questions,
  eks: eksQuestions,
  elasticache: subnetGroupQuestions,
  elasticloadbalancing: balancerQuestions,
  iam: asked => IAM[asked.call.operation]?.(asked),
  kms: asked => KMS[asked.call.operation]?.(asked),
  logs: logsQuestions,
  rds: subnetGroupQuestions,
  route53: ({ call }) => [
    {
      action: `route53:${call.operation}`,
      resource: call.resource === '' ? '*' : `arn:aws:route53:::hostedzone/${call.resource}`,
    },
  ],
  s3: s3Questions,
  sns: snsQuestions,
  sqs: sqsQuestions,
  // Parameters of AWS's own are of no account.
  ssm: ({ call }) => [
    {
      action: `ssm:${call.operation}`,
      resource: `arn:aws:ssm:${call.region}::parameter${textField(call, 'Name')}`,
    },
  ],
  // AWS STS API Reference, GetCallerIdentity: "No permissions are required".
  sts: ({ call }) => (call.operation === 'GetCallerIdentity' ? [] : undefined),
  tagging: ({ call }) => [{ action: `tag:${call.operation}`, resource: '*' }],
};

export const JUDGED: readonly string[] = Object.keys(SERVICES);

/** Throws where nobody has said here what an operation is done on. */
export async function questionsOf(asked: Asked): Promise<readonly Question[]> {
  const { service, operation } = asked.call;
  const questions = await SERVICES[service]?.(asked);
  if (questions === undefined) throw new Error(`no row says what ${service}:${operation} is done on`);
  return questions;
}

function acmQuestions({ call, arn }: Asked): readonly Question[] {
  const action = `acm:${call.operation}`;
  const tags = ofTags(requestTags(call) ?? {});
  if (call.operation === 'RequestCertificate')
    return [
      { action, resource: '*', context: tags },
      { action: 'acm:AddTagsToCertificate', resource: arn('acm', 'certificate/*'), context: tags },
    ];
  // RemoveTagsFromCertificate names what it takes off as AddTagsToCertificate what it puts on.
  const keys = Object.keys(requestTags(call) ?? {});
  const context = call.operation === 'RemoveTagsFromCertificate' ? ofTagKeys(keys) : tags;
  return [{ action, resource: textField(call, 'CertificateArn') || '*', context }];
}

function balancerQuestions({ call, arn }: Asked): readonly Question[] {
  const action = `elasticloadbalancing:${call.operation}`;
  if (/^Describe/.test(call.operation)) return [{ action, resource: '*' }];
  const { LoadBalancerArn, TargetGroupArn, LoadBalancerName } = jsonInput(call);
  const resource =
    LoadBalancerArn ?? TargetGroupArn ?? arn('elasticloadbalancing', `loadbalancer/${LoadBalancerName}`);
  return [{ action, resource: String(resource) }];
}
