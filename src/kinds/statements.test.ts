import { expect, test } from 'vitest';
import { evaluate } from '../../hack/bench/policy/evaluate.ts';
import { policyOf } from '../aws/policy.ts';
import { allowAutoScaling, allowLogs } from './statements.ts';

const account = '111122223333';
const place = { partition: 'aws', region: 'eu-central-1', accountId: account };
const autoScaling = {
  type: 'aws',
  arn: `arn:aws:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
  accountId: account,
} as const;
const logs = { type: 'service', service: 'logs.eu-central-1.amazonaws.com' } as const;
const groupOf = (of: string) => ({
  'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:eu-central-1:${of}:log-group:x`,
});

/** "Required AWS KMS key policy for use with encrypted volumes": grants for EBS, and for nobody whom it names itself. */
test.each([
  ['Auto Scaling', 'kms:Decrypt', {}, 'Allow', autoScaling],
  ['Auto Scaling', 'kms:CreateGrant', { 'kms:GrantIsForAWSResource': 'true' }, 'Allow', autoScaling],
  ['Auto Scaling', 'kms:CreateGrant', { 'kms:GrantIsForAWSResource': 'false' }, 'ImplicitDeny', autoScaling],
  ['Auto Scaling', 'kms:CreateGrant', {}, 'ImplicitDeny', autoScaling],
  ['Auto Scaling', 'kms:ScheduleKeyDeletion', {}, 'ImplicitDeny', autoScaling],
  ['CloudWatch Logs', 'kms:Decrypt', groupOf(account), 'Allow', logs],
  ['CloudWatch Logs', 'kms:Decrypt', groupOf('444455556666'), 'ImplicitDeny', logs],
  ['CloudWatch Logs', 'kms:Decrypt', {}, 'ImplicitDeny', logs],
] as const)(
  'with the key of an environment %s, %s with %j: %s',
  (_, action, context, decision, principal) => {
    const resourcePolicy = JSON.stringify(policyOf([...allowAutoScaling(place), allowLogs(place)]));
    const resource = `arn:aws:kms:eu-central-1:${account}:key/1`;
    const request = { principal, action, resource, resourceAccountId: account, context };
    expect(evaluate({ kind: 'kms', resourcePolicy, request }).decision).toBe(decision);
  },
);
