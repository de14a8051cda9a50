/**
 * Whether Auto Scaling may use a key for the volumes of what it starts. Source: Amazon EC2 Auto Scaling User Guide,
 * "Required AWS KMS key policy for use with encrypted volumes": the key's policy must let in the service-linked role, which
 * has no rights of its own on keys, for the use of the key and for grants to AWS resources.
 */
import { evaluate } from '../../policy/evaluate.ts';
import type { BenchContext } from '../overlay.ts';
import { findKey, keyPolicy, type Place } from '../overlays/questions.ts';

const ROLE = 'role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling';
const ACTIONS = [
  'kms:Encrypt',
  'kms:Decrypt',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:DescribeKey',
  'kms:CreateGrant',
];
/** Amazon EC2 Auto Scaling User Guide, "Troubleshoot: EC2 instance launch failures", of a key that cannot be used. */
const CLIENT_ERROR =
  'Instance became unhealthy while waiting for instances to be in InService state. Termination Reason: Client.InternalError: Client error on launch';

export async function volumeKeyProblem(
  bench: BenchContext,
  place: Place,
  reference: string,
): Promise<string | undefined> {
  const key = await findKey(bench, reference, place);
  if (key === undefined || key.state !== 'Enabled') return CLIENT_ERROR;
  if (key.managedByAws) return undefined;
  const resourcePolicy = await keyPolicy(bench, key);
  if (resourcePolicy === undefined) return CLIENT_ERROR;
  const { accountId } = place;
  const principal = { type: 'aws', arn: `arn:aws:iam::${accountId}:${ROLE}`, accountId } as const;
  const context = { 'kms:GrantIsForAWSResource': 'true', 'kms:CallerAccount': accountId };
  const denied = ACTIONS.some(action => {
    const request = { principal, action, resource: key.arn, context };
    return evaluate({ kind: 'kms', resourcePolicy, request }).decision !== 'Allow';
  });
  return denied ? CLIENT_ERROR : undefined;
}
