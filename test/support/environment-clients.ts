import { ACMClient } from '@aws-sdk/client-acm';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { IAMClient } from '@aws-sdk/client-iam';
import { Route53Client } from '@aws-sdk/client-route-53';
import { observerOptions } from './aws-view.ts';
import { ACCOUNT, REGION } from './manifests.ts';
import type { TestWorld } from './world.ts';

/** With all rights, for what an environment is made of; who made them destroys them. */
export function environmentClients({ bench }: Pick<TestWorld, 'bench'>) {
  const options = observerOptions(bench.gateway, ACCOUNT, REGION);
  return {
    ec2: new EC2Client(options),
    eks: new EKSClient(options),
    iam: new IAMClient(options),
    logs: new CloudWatchLogsClient(options),
    route53: new Route53Client(options),
    acm: new ACMClient(options),
  };
}

export type EnvironmentClients = ReturnType<typeof environmentClients>;
