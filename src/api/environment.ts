import { z } from 'zod';
import { Cluster, clusterRules } from './cluster.ts';
import { stateColumns } from './columns.ts';
import { commonEnvironmentSpec } from './common.ts';
import { type Column, defineKind, type ObjectOf } from './define.ts';
import { Dns, dnsRules } from './dns.ts';
import { OptaEnvironmentStatus } from './environment-status.ts';
import { choice, text, whole } from './fields.ts';
import { Grants } from './grants.ts';
import { AllowedNamespaces } from './namespaces.ts';
import { Network, networkRules } from './network.ts';
import { immutable, rules } from './rules.ts';

const roleArn = /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/([!-~]+\/)?[A-Za-z0-9+=,.@_-]{1,64}$/;

const Encryption = z.object({
  deletionWindowDays: whole(
    7,
    30,
    "How many days a deleted key can still be rescued: the environment's, and those of its Queues and Topics. Default: 30.",
  ).optional(),
  onDelete: choice(
    ['Keep', 'Schedule'],
    "What becomes of the environment's key when the environment is deleted. Keep: it stays, and with it all that it " +
      'encrypted. Schedule: it is deleted after deletionWindowDays. Default: Keep.',
  ).optional(),
});

const LogBucket = z
  .object({
    mode: choice(
      ['Enabled', 'Disabled'],
      'Whether the environment has a bucket for access logs. Default: Enabled.',
    ).optional(),
    retentionDays: whole(1, 3653, 'How many days a log is kept. Default: 90.').optional(),
  })
  .meta(
    rules({
      rule: "!has(self.mode) || self.mode != 'Disabled' || !has(self.retentionDays)",
      message: 'with mode Disabled there is no log bucket: leave out retentionDays',
    }),
  );

export const OptaEnvironmentSpec = z.object({
  ...commonEnvironmentSpec,
  region: text(
    {
      pattern: /^[a-z]{2,4}(-[a-z]{2,12}){1,3}-[0-9]{1,2}$/,
      says: 'must be an AWS region such as eu-central-1',
      max: 32,
    },
    'The one AWS region of the environment. Cannot be changed.',
  ),
  accountId: text(
    { pattern: /^[0-9]{12}$/, says: 'must be the 12 digits of an AWS account, in quotes', max: 12 },
    'The AWS account, compared with the credentials before anything is written. Cannot be changed.',
  ),
  roleArn: text(
    {
      pattern: roleArn,
      says: 'must be the ARN of an IAM role, such as arn:aws:iam::123456789012:role/opta',
      max: 2048,
    },
    "IAM role of that account which the operator assumes for this environment. Default: the operator's own identity.",
  ).optional(),
  externalId: text(
    {
      // AWS STS API Reference, AssumeRole.
      pattern: /^[A-Za-z0-9_+=,.@:/-]+$/,
      says: 'an external id has letters, digits and _ + = , . @ : / - only',
      min: 2,
      max: 1224,
    },
    'External id that the trust policy of the role asks for. Default: none.',
  ).optional(),
  adopt: z
    .object({})
    .describe(
      'Written as {}: takes into care again what a deleted OptaEnvironment of this name left in AWS, such as its key. ' +
        'Its plan waits for approval. Default: none.',
    )
    .optional(),
  allowedNamespaces: AllowedNamespaces.describe(
    'Namespaces whose objects may use this environment. Default: those with the label opta.dev/environment and its name.',
  ).optional(),
  encryption: Encryption.describe("The environment's KMS key. Default: as its fields say.").optional(),
  logBucket: LogBucket.describe('The bucket for access logs. Default: made, kept 90 days.').optional(),
  grants: Grants.describe('What teams may do that they cannot decide alone. Default: nothing.').optional(),
  network: Network.describe('The network of the environment. Default: made, as its fields say.').optional(),
  kubernetes: Cluster.describe(
    'The EKS cluster of the environment. Required; without a cluster set enabled to false. Default: none.',
  ).optional(),
  dns: Dns.describe('The domain of the environment. Default: none.').optional(),
});
export type OptaEnvironmentSpec = z.infer<typeof OptaEnvironmentSpec>;

function wide(name: string, jsonPath: string, description: string): Column {
  return { name, type: 'string', jsonPath, description, priority: 1 };
}

export const OptaEnvironment = defineKind({
  kind: 'OptaEnvironment',
  plural: 'optaenvironments',
  singular: 'optaenvironment',
  shortNames: ['optaenv'],
  scope: 'Cluster',
  categories: ['opta'],
  description:
    'One AWS account and region, with what the objects in it share: a network, an EKS cluster, a domain with its certificate, ' +
    'a key, a log bucket, and who may use them.',
  columns: [
    { name: 'Region', type: 'string', jsonPath: '.spec.region', description: 'AWS region.' },
    {
      name: 'Kubernetes',
      type: 'string',
      jsonPath: '.status.cluster.version',
      description: 'Version of Kubernetes.',
    },
    { name: 'Domain', type: 'string', jsonPath: '.spec.dns.domain', description: 'Domain.' },
    wide('VPC', '.status.network.vpcId', 'Id of the VPC.'),
    wide('Cluster', '.status.cluster.name', 'Name of the EKS cluster.'),
    wide(
      'Delegated',
      '.status.conditions[?(@.type=="DomainDelegated")].status',
      'Whether the domain is delegated to its zone.',
    ),
    wide('Name servers', '.status.dns.nameServers', 'Name servers to delegate the domain to.'),
    wide('Account', '.spec.accountId', 'AWS account.'),
    ...stateColumns,
  ],
  spec: OptaEnvironmentSpec,
  status: OptaEnvironmentStatus,
  rules: [
    {
      rule: 'has(self.kubernetes)',
      message:
        'kubernetes is required: set endpoint and admins for a cluster, or {enabled: false} for an environment without one',
      fieldPath: '.kubernetes',
      reason: 'FieldValueRequired',
    },
    {
      rule: '!has(self.network) || !has(self.network.enabled) || self.network.enabled || (has(self.kubernetes) && has(self.kubernetes.enabled) && !self.kubernetes.enabled)',
      message: 'a cluster needs a network: set network.enabled to true, or kubernetes.enabled to false',
      fieldPath: '.kubernetes',
    },
    ...networkRules,
    ...clusterRules,
    ...dnsRules,
    immutable('region', 'region cannot be changed: make a new OptaEnvironment in the other region'),
    immutable('accountId', 'accountId cannot be changed: make a new OptaEnvironment for the other account'),
    {
      rule: "!has(self.roleArn) || self.roleArn.split(':').size() < 5 || self.roleArn.split(':')[4] == self.accountId",
      message: 'roleArn must be a role of the account in accountId',
      fieldPath: '.roleArn',
    },
    {
      rule: '!has(self.externalId) || has(self.roleArn)',
      message: 'externalId is for assuming roleArn: set roleArn too or leave out externalId',
      fieldPath: '.externalId',
    },
  ],
});
export type OptaEnvironment = ObjectOf<typeof OptaEnvironment>;
