import { z } from 'zod';
import { CONTROLLER_ACCOUNTS, CONTROLLER_NAMESPACE } from './controller-accounts.ts';
import { flag, listOf } from './fields.ts';
import { awsArn, awsName, output, statusOf } from './status.ts';

const ids = (description: string) => listOf(z.string().max(2048), 0, 10_000, description).exactOptional();

/** What the objects of an environment, and people, may build upon. */
export const OptaEnvironmentStatus = statusOf({
  accountId: output(12, 'The AWS account as the credentials say.'),
  encryption: z
    .object({ keyArn: awsArn("ARN of the environment's KMS key.") })
    .describe("The environment's key.")
    .exactOptional(),
  logBucket: awsName('Name of the bucket for access logs.'),
  permissionsBoundary: z
    .object({ workload: awsArn('Of the roles and users of teams: what none of them can do more than.') })
    .describe('ARNs of policies that bound what roles may do, whatever is attached to them.')
    .exactOptional(),
  network: z
    .object({
      vpcId: awsName('Id of the VPC.'),
      cidr: output(64, 'Its range.'),
      zones: ids('Ids of its availability zones.'),
      publicSubnetIds: ids('Ids of the public subnets.'),
      privateSubnetIds: ids('Ids of the private subnets.'),
      natAddresses: ids('Addresses from which private subnets reach the internet.'),
    })
    .describe('The network.')
    .exactOptional(),
  securityGroups: z
    .object({
      postgres: awsName('For Postgres.'),
      redis: awsName('For Redis.'),
      documentdb: awsName('For DocumentDb.'),
    })
    .describe('Ids of the security groups of stores.')
    .exactOptional(),
  subnetGroups: z
    .object({
      postgres: awsName('For Postgres.'),
      redis: awsName('For Redis.'),
      documentdb: awsName('For DocumentDb.'),
    })
    .describe('Names of the subnet groups of stores.')
    .exactOptional(),
  cluster: z
    .object({
      name: awsName('Name in EKS.'),
      arn: awsArn('ARN.'),
      endpoint: output(2048, 'Address of the API server.'),
      version: output(64, 'Version of Kubernetes.'),
      certificateAuthority: output(65_536, 'Certificate of the API server, in base64.'),
      oidcIssuer: output(2048, 'Issuer of the tokens of service accounts.'),
      oidcProviderArn: awsArn('The issuer as an IAM identity provider.'),
      securityGroupId: awsName('Security group of control plane and nodes.'),
      supportEnds: output(64, 'When standard support of this version ends.'),
    })
    .describe('The EKS cluster.')
    .exactOptional(),
  controllerRoles: z
    .object({
      externalDns: awsArn(`For external-dns, as ${CONTROLLER_NAMESPACE}/${CONTROLLER_ACCOUNTS.externalDns}.`),
      loadBalancerController: awsArn(
        `For the AWS Load Balancer Controller, as ${CONTROLLER_NAMESPACE}/${CONTROLLER_ACCOUNTS.loadBalancerController}.`,
      ),
      clusterAutoscaler: awsArn(
        `For the cluster autoscaler, as ${CONTROLLER_NAMESPACE}/${CONTROLLER_ACCOUNTS.clusterAutoscaler}.`,
      ),
    })
    .describe(
      'ARNs of the roles of controllers in the cluster, each for one service account, which the annotation ' +
        'eks.amazonaws.com/role-arn tells of it.',
    )
    .exactOptional(),
  dns: z
    .object({
      zoneId: awsName('Id of the hosted zone.'),
      nameServers: ids('Name servers of the zone, for the delegation in the parent domain.'),
      delegated: flag('Whether DNS answers with these name servers.').exactOptional(),
      certificateArn: awsArn('ARN of the certificate.'),
    })
    .describe('Domain and certificate.')
    .exactOptional(),
});
export type OptaEnvironmentStatus = z.infer<typeof OptaEnvironmentStatus>;
