import { evaluate } from '../../policy/evaluate.ts';
import { type AwsError, type Call, type Overlay, textField } from '../overlay.ts';
import { xmlText } from '../xml.ts';
import { anyIdentity } from './key-use.ts';
import { callerOf, withBody } from './questions.ts';
import { trustPolicyOf, trustsEverybody } from './roles.ts';

const judgeTrust: Overlay = {
  service: 'sts',
  operation: 'AssumeRole',
  source: 'IAM user guide, "Access to AWS accounts owned by third parties"; STS API, AssumeRole',
  before(call, bench) {
    if (trustsEverybody(bench)) return undefined;
    const arn = textField(call, 'RoleArn');
    const externalId = textField(call, 'ExternalId');
    const trustPolicy = trustPolicyOf(bench, arn);
    const principal = callerOf(call);
    const allowed =
      trustPolicy !== undefined &&
      evaluate({
        kind: 'iam-role',
        policies: [anyIdentity],
        resourcePolicy: trustPolicy,
        request: {
          principal,
          action: 'sts:AssumeRole',
          resource: arn,
          context: {
            'sts:RoleSessionName': textField(call, 'RoleSessionName'),
            ...(externalId && { 'sts:ExternalId': externalId }),
          },
        },
      }).decision === 'Allow';
    if (allowed) return undefined;
    // AWS does not tell a role that is not there from one that does not trust the caller.
    const message = `User: ${principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`;
    return bench.error(call, { status: 403, code: 'AccessDenied', message });
  },
};

const sessionLasts: Overlay = {
  service: 'sts',
  operation: ['AssumeRole', 'AssumeRoleWithWebIdentity'],
  source: 'STS API, AssumeRole: DurationSeconds',
  after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const text = answer.body.toString('utf8');
    const accessKeyId = xmlText(text, 'AccessKeyId');
    if (!accessKeyId) return undefined;
    // "The default is 3600 seconds"; the emulator has a clock of its own.
    const endsAt = bench.now() + 1000 * Number(textField(call, 'DurationSeconds') || 3600);
    bench.state.set(`sts:ends:${accessKeyId}`, endsAt);
    const ends = `<Expiration>${new Date(endsAt).toISOString().replace(/\.\d+/, '')}</Expiration>`;
    return withBody(answer, text.replace(/<Expiration>[^<]*<\/Expiration>/, ends));
  },
};

/** "Common error types" of each service's reference; EC2, "Error codes for the Amazon EC2 API": RequestExpired. */
function expired({ protocol, service }: Call): AwsError {
  const message = 'The security token included in the request is expired';
  if (service === 's3')
    return { status: 400, code: 'ExpiredToken', message: 'The provided token has expired.' };
  if (service === 'ec2') return { status: 400, code: 'RequestExpired', message: 'Request has expired.' };
  const isJson = protocol === 'json10' || protocol === 'json11' || protocol === 'restJson';
  return {
    status: isJson && service !== 'eks' ? 400 : 403,
    code: isJson ? 'ExpiredTokenException' : 'ExpiredToken',
    message,
  };
}

const SERVICES =
  'sts s3 sqs sns kms logs route53 acm ec2 elasticloadbalancing iam tagging ssm rds elasticache eks'.split(
    ' ',
  );

const sessionEnds: Overlay[] = SERVICES.map(service => ({
  service,
  operation: /./,
  source:
    'IAM user guide, "Temporary security credentials in IAM": "After the credentials expire, AWS no longer recognizes them"',
  before(call, bench) {
    const endsAt = bench.state.get(`sts:ends:${call.accessKeyId}`);
    if (typeof endsAt !== 'number' || bench.now() < endsAt) return undefined;
    return bench.error(call, expired(call));
  },
}));

export const stsOverlays: Overlay[] = [...sessionEnds, judgeTrust, sessionLasts];
