import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { observerOptions } from '../../support/aws-view.ts';
import { ACCOUNT, REGION } from '../../support/manifests.ts';
import type { Stage } from '../../support/stage.ts';

/** A role that people of the account have. */
export async function makeRole(stage: Stage, RoleName: string): Promise<void> {
  const iam = new IAMClient(observerOptions(stage.world.bench.gateway.url, ACCOUNT, REGION));
  const Principal = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
  const Statement = [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }];
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  try {
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  } finally {
    iam.destroy();
  }
}
