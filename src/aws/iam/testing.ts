/** What the tests of this folder need around an IAM resource. */
import { CreatePolicyCommand } from '@aws-sdk/client-iam';
import type { World } from '../conformance/world.ts';
import type { IdentityPolicy, TrustPolicy } from '../policy.ts';

export function trustOf(service: string): TrustPolicy {
  const Principal = { Service: service };
  return {
    Version: '2012-10-17',
    Statement: [{ Sid: 'Trust', Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }],
  };
}

export function allowing(...actions: string[]): IdentityPolicy {
  return {
    Version: '2012-10-17',
    Statement: [{ Sid: 'Allowed', Effect: 'Allow', Action: actions, Resource: '*' }],
  };
}

/** ARN of a new policy, as somebody else would make it. */
export async function policyNamed({ scope }: World, PolicyName: string): Promise<string> {
  const PolicyDocument = JSON.stringify(allowing('sqs:*'));
  const { Policy } = await scope.iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
  return Policy?.Arn ?? '';
}
