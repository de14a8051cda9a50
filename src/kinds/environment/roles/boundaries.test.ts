import { GetPolicyCommand, GetPolicyVersionCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePolicy } from '../../../../hack/bench/policy/document.ts';
import { evaluate } from '../../../../hack/bench/policy/evaluate.ts';
import { validate } from '../../../../hack/bench/policy/validate.ts';
import { type AwsBench, startAwsBench } from '../../../aws/conformance/world.ts';
import type { IdentityPolicy } from '../../../aws/policy.ts';
import { actionProbes, ownTagProbes } from '../../testing/role-probes.ts';
import { workloadProbes } from '../../testing/workload-probes.ts';
import { cniRole, ebsCsiRole } from './add-ons.ts';
import { systemBoundary, workloadBoundary } from './boundaries.ts';
import { clusterRole } from './cluster.ts';
import { clusterAutoscalerRole } from './cluster-autoscaler.ts';
import { externalDnsRole } from './external-dns.ts';
import { flowLogRole } from './flow-log.ts';
import { loadBalancerControllerRole } from './load-balancer-controller.ts';
import { nodeRole } from './nodes.ts';

const account = '111122223333';
const place = { partition: 'aws', region: 'eu-central-1', accountId: account, clusterName: 'prod' };
const pod = { issuer: 'https://oidc.example.com/id/1', namespace: 'a', name: 'b' };
const arn = (service: string, what: string) => `arn:aws:${service}:eu-central-1:${account}:${what}`;
const principal = {
  type: 'aws',
  arn: `arn:aws:sts::${account}:assumed-role/x/session`,
  accountId: account,
} as const;
const ROLES = {
  cluster: clusterRole({ ...place, installation: 'acme', environment: 'dev' }),
  node: nodeRole('aws'),
  cni: cniRole(place),
  ebs: ebsCsiRole(place, arn('kms', 'key/1')),
  flowLog: flowLogRole(place, '/opta/prod/flow-log'),
  dns: externalDnsRole(place, pod, 'Z1'),
  controller: loadBalancerControllerRole({ ...place, vpcId: 'vpc-1' }, pod),
  autoscaler: clusterAutoscalerRole(place, pod),
};

/** Where policies of identities and resources allow everything, the boundary decides. */
function within(
  boundary: IdentityPolicy,
  action: string,
  resource: string,
  context: Record<string, string | string[]> = {},
  owner = account,
) {
  const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
  return evaluate({
    kind: 'iam-identity',
    policies: [{ Version: '2012-10-17', Statement: everything }],
    resourcePolicy: { Version: '2012-10-17', Statement: { ...everything, Principal: '*' } },
    boundary: JSON.stringify(boundary),
    request: { principal, action, resource, resourceAccountId: owner, context },
  }).decision;
}

const workload = workloadBoundary(place, {
  installation: 'shop',
  assumableRoles: [`arn:aws:iam::${account}:role/ok`],
});

describe.each<[string, IdentityPolicy]>([
  ...Object.entries(ROLES).map(([name, role]): [string, IdentityPolicy] => [name, systemBoundary(role)]),
  ['workload', workload],
])('the boundary of %s', (_, boundary) => {
  test('is one that IAM takes', () => {
    const text = JSON.stringify(boundary);
    expect(validate(text, { kind: 'iam-identity' })).toEqual([]);
    // "IAM and AWS STS quotas": 6,144 characters for a managed policy.
    expect(text.length).toBeLessThanOrEqual(6_144);
  });

  test.each([
    ['iam:CreateUser', '*'],
    ['iam:PassRole', `arn:aws:iam::${account}:role/x`],
    ['iam:CreateServiceLinkedRole', '*'],
    ['iam:DeleteRolePermissionsBoundary', `arn:aws:iam::${account}:role/x`],
    ['organizations:LeaveOrganization', '*'],
    ['sts:AssumeRole', `arn:aws:iam::${account}:role/x`],
    ['kms:ScheduleKeyDeletion', arn('kms', 'key/1')],
    ['kms:PutKeyPolicy', arn('kms', 'key/1')],
    ['kms:Decrypt', arn('kms', 'key/2')],
    ['s3:GetObject', 'arn:aws:s3:::somebodys/key'],
    ['s3:DeleteBucket', 'arn:aws:s3:::shop-prod-a'],
    ['sqs:ReceiveMessage', arn('sqs', 'somebodys')],
    ['sqs:DeleteQueue', arn('sqs', 'shop-prod-a')],
    ['sns:Publish', arn('sns', 'somebodys')],
    ['secretsmanager:GetSecretValue', arn('secretsmanager', 'secret:a')],
    ['ec2:RunInstances', '*'],
    ['ecr:PutImage', arn('ecr', 'repository/a')],
  ])('shuts out %s on %s', (action, resource) => {
    expect(within(boundary, action, resource)).toBe('ImplicitDeny');
  });
});

test.each(
  workloadProbes({ ...place, installation: 'shop' }).map(
    ([action, resource, context, answer, owner = account]) => ({ action, resource, context, answer, owner }),
  ),
)(
  'whether a workload may $action on $resource of $owner, with $context: $answer',
  ({ action, resource, context, answer, owner }) => {
    const expected = answer === 'yes' ? 'Allow' : 'ImplicitDeny';
    expect(within(workload, action, resource, context, owner)).toBe(expected);
  },
);

const PLACE = {
  ...place,
  host: 'oidc.example.com/id/1',
  keyArn: arn('kms', 'key/1'),
  keyTags: {
    'aws:ResourceTag/opta.dev/installation': 'acme',
    'aws:ResourceTag/opta.dev/environment': 'dev',
    'aws:ResourceTag/opta.dev/kind': 'OptaEnvironment',
  },
  vpcId: 'vpc-1',
  zoneId: 'Z1',
  logGroup: '/opta/prod/flow-log',
};

describe.each(Object.entries(ROLES))('the boundary of %s', (name, role) => {
  test.each(ownTagProbes(PLACE))('keeps tags of ours from %s on %s, with %j', (action, resource, context) => {
    expect(within(systemBoundary(role), action, resource, context)).not.toBe('Allow');
  });

  test('leaves the role what it is for', () => {
    const own = actionProbes(PLACE).filter(([of, , , , answer]) => of === name && answer === 'yes');
    for (const [, action, resource, context] of own)
      expect(within(systemBoundary(role), action, resource, context)).toBe('Allow');
  });
});

test('a workload may be what an administrator lets it be', () => {
  expect(within(workload, 'sts:AssumeRole', `arn:aws:iam::${account}:role/ok`)).toBe('Allow');
});

test('a managed policy that nobody has looked at has no boundary', () => {
  const role = { ...ROLES.node, managedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] };
  expect(() => systemBoundary(role)).toThrow('AdministratorAccess');
});

describe('every action that AWS documents for a role is in its boundary', () => {
  let bench: AwsBench;
  beforeAll(async () => {
    bench = await startAwsBench();
  });
  afterAll(() => bench?.stop());

  test.each(['cluster', 'node', 'cni', 'ebs'] as const)('%s', async name => {
    const { scope } = await bench.world();
    const boundary = systemBoundary(ROLES[name]);
    for (const PolicyArn of ROLES[name].managedPolicyArns) {
      const { Policy } = await scope.iam.send(new GetPolicyCommand({ PolicyArn }));
      const { PolicyVersion } = await scope.iam.send(
        new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId }),
      );
      const { statements } = parsePolicy(decodeURIComponent(PolicyVersion?.Document ?? ''));
      const actions = statements.flatMap(statement => statement.actions ?? []);
      expect(actions.length).toBeGreaterThan(2);
      const missing = actions.filter(action => within(boundary, action, '*') !== 'Allow');
      expect(missing).toEqual(name === 'cluster' ? ['iam:CreateServiceLinkedRole'] : []);
    }
  });
});
