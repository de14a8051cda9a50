import { ACCOUNT } from '../../support/world.ts';
import { type EnvironmentMutant, inText, set } from './environment-mutant.ts';
import { add, change, desired, drop, inDocument, inPolicy, type Mutation, missing } from './mutate.ts';
import { s21, s22, s24, systemRoles, workloadBound } from './role-checks.ts';

const AWS = 'arn:aws:iam::aws:policy/';
const all = { Effect: 'Allow', Action: '*', Resource: '*' };
const controller = 'role/load-balancer-controller';

function managed(node: string, policy: string): Mutation {
  return desired(node, wanted => ({
    ...wanted,
    managedPolicies: [...(wanted.managedPolicies as readonly string[]), `${AWS}${policy}`],
  }));
}

type Statements = Parameters<typeof inPolicy>[0];

function inline(node: string, policy: string, edit: Statements): Mutation {
  return desired(node, wanted => {
    const policies = wanted.inlinePolicies as Record<string, unknown>;
    return { ...wanted, inlinePolicies: { ...policies, [policy]: inPolicy(edit)(policies[policy]) } };
  });
}

function trust(node: string, edit: Statements): Mutation {
  return desired(node, inDocument('trust', edit));
}

/** What is touched of a role, and how checks tell of it. */
const part = (name: string, says: string) => (role: string) => ({
  touches: [`${role} ${name}`],
  also: new RegExp(`^${role}${says}`),
});
const rightsOf = part('rights', '( may | has the policies | has policies |, asked for |, \\w+: )');
const trustOf = part('trust', '(, asked by | trusts )');
const boundaryOf = part('boundary', '( has the boundary |: its boundary )');
const ofWorkloads = {
  touches: ['boundary/workload'],
  also: /^a workload that is attached everything, asked for /,
};

/** Mistakes in roles and their boundaries. */
export const ROLE_MUTANTS: readonly EnvironmentMutant[] = [
  {
    check: s21,
    what: 'nodes as administrators',
    ...rightsOf('role/node'),
    mistake: managed('role/node', 'AdministratorAccess'),
    says: /role\/node may s3:GetObject/,
  },
  {
    check: s21,
    what: 'nodes with the CNI’s rights',
    ...rightsOf('role/node'),
    mistake: managed('role/node', 'AmazonEKS_CNI_Policy'),
    says: /role\/node has the policies .*CNI/,
  },
  {
    check: s21,
    what: 'nodes with policies of their own',
    ...rightsOf('role/node'),
    mistake: desired('role/node', wanted => ({
      ...wanted,
      inlinePolicies: { more: { Version: '2012-10-17', Statement: [all] } },
    })),
    says: /role\/node has policies of its own: more/,
  },
  {
    check: s21,
    what: 'a cluster with more rights',
    ...rightsOf('role/cluster'),
    mistake: managed('role/cluster', 'AmazonEKSServicePolicy'),
    says: /role\/cluster has the policies/,
  },
  {
    check: s21,
    what: 'a CNI without a role',
    touches: ['pod-identity/aws-node'],
    mistake: missing('pod-identity/kube-system/aws-node'),
    says: /aws-node is no role/,
  },
  {
    check: systemRoles,
    what: 'an autoscaler of all clusters',
    ...rightsOf('role/cluster-autoscaler'),
    mistake: inline('role/cluster-autoscaler', 'node-groups', change('Scale', { Condition: undefined })),
    says: /role\/cluster-autoscaler, asked for autoscaling:SetDesiredCapacity .*: yes/,
  },
  {
    check: systemRoles,
    what: 'an external-dns of all zones',
    ...rightsOf('role/external-dns'),
    mistake: inline('role/external-dns', 'zone', change('ThisZone', { Resource: '*' })),
    says: /role\/external-dns, ThisZone: .* on everything/,
  },
  {
    check: systemRoles,
    what: 'a cluster that looks at every key',
    ...rightsOf('role/cluster'),
    mistake: inline(
      'role/cluster',
      'secrets-encryption',
      change('LookAtSecretsKey', { Condition: undefined }),
    ),
    says: /role\/cluster, asked for kms:ListGrants .*: yes/,
  },
  {
    check: systemRoles,
    what: 'flow logs that cannot be written',
    ...rightsOf('role/flow-logs'),
    mistake: inline('role/flow-logs', 'flow-log', drop('WriteThisGroup')),
    says: /role\/flow-logs, asked for logs:PutLogEvents .*: no/,
    also: /^role\/flow-logs(, asked for |: its boundary stops )/,
  },
  {
    check: systemRoles,
    what: 'a controller that may all of a service',
    ...rightsOf(controller),
    mistake: inline(controller, 'read', add({ Action: 'elasticloadbalancing:*', Resource: '*' })),
    says: /load-balancer-controller, Mutant: allows elasticloadbalancing:\*/,
  },
  {
    check: systemRoles,
    what: 'a driver that decrypts by itself',
    ...rightsOf('role/ebs-csi'),
    mistake: inline('role/ebs-csi', 'volume-encryption', change('EncryptVolumes', { Condition: undefined })),
    says: /role\/ebs-csi, asked for kms:Decrypt .*: yes|role\/ebs-csi may kms:Decrypt/,
  },
  {
    check: s24,
    what: 'a boundary that is none',
    ...boundaryOf('role/node'),
    mistake: set('role/node', { permissionsBoundary: `${AWS}AdministratorAccess` }),
    says: /role\/node has the boundary .*AdministratorAccess/,
  },
  {
    check: s24,
    what: 'a boundary that allows everything',
    ...boundaryOf('role/cluster'),
    mistake: set('boundary/cluster', { document: { Version: '2012-10-17', Statement: [all] } }),
    says: /role\/cluster: its boundary lets an administrator’s policy/,
  },
  {
    check: s24,
    what: 'a boundary that stops what is needed',
    ...boundaryOf('role/node'),
    mistake: set('boundary/node', {
      document: { Version: '2012-10-17', Statement: [{ ...all, Action: 's3:Get*' }] },
    }),
    says: /role\/node: its boundary stops eks:DescribeCluster/,
  },
  {
    check: s24,
    what: 'a boundary that lets Services write tags of ours',
    ...boundaryOf(controller),
    mistake: desired('boundary/load-balancer-controller', wanted => ({
      ...wanted,
      document: inPolicy(drop('NoTagsOfTheOperator'))(wanted.document),
    })),
    says: /role\/load-balancer-controller: its boundary lets elasticloadbalancing:AddTags write tags of ours/,
  },
  {
    check: workloadBound,
    what: 'none for roles of teams',
    ...ofWorkloads,
    mistake: missing('boundary/workload'),
    says: /there are 0 boundaries of workloads/,
  },
  {
    check: workloadBound,
    what: 'one for roles of teams that allows everything',
    ...ofWorkloads,
    mistake: set('boundary/workload', { document: { Version: '2012-10-17', Statement: [all] } }),
    says: /a workload that is attached everything, asked for iam:CreateUser on \* of \d+: yes/,
  },
  {
    check: workloadBound,
    what: 'one for roles of teams with keys of everybody',
    ...ofWorkloads,
    mistake: desired('boundary/workload', wanted => ({
      ...wanted,
      document: inPolicy(change('Keys', { Condition: undefined }))(wanted.document),
    })),
    says: /a workload that is attached everything, asked for kms:Decrypt on .*key\/2 of \d+: yes/,
  },
  {
    check: workloadBound,
    what: 'one for roles of teams with buckets of every account',
    ...ofWorkloads,
    mistake: desired('boundary/workload', wanted => ({
      ...wanted,
      document: inPolicy(change('Objects', { Condition: undefined }))(wanted.document),
    })),
    says: /a workload that is attached everything, asked for s3:PutObject on .* of 444455556666: yes/,
  },
  {
    check: workloadBound,
    what: 'one for roles of teams that stops what is needed',
    ...ofWorkloads,
    mistake: desired('boundary/workload', wanted => ({
      ...wanted,
      document: inPolicy(drop('Queues'))(wanted.document),
    })),
    says: /a workload that is attached everything, asked for sqs:SendMessage on .*test-prod-a of \d+: no/,
  },
  {
    check: s22,
    what: 'a role for every service account',
    ...trustOf(controller),
    mistake: inText(controller, text =>
      text
        .replace('"StringEquals":{"oidc', '"StringLike":{"oidc')
        .replace(/system:serviceaccount:[^"]*/, 'system:serviceaccount:*'),
    ),
    says: /load-balancer-controller trusts tokens by StringLike/,
  },
  {
    check: s22,
    what: 'a role for tokens that are meant for somebody else',
    ...trustOf('role/external-dns'),
    mistake: inText('role/external-dns', text => text.replace(/,"[^"]*:aud":"[^"]*"/, '')),
    says: /role\/external-dns, asked by .*somebody.*: yes/,
  },
  {
    check: s22,
    what: 'a role for people of the account',
    ...trustOf('role/node'),
    mistake: trust(
      'role/node',
      add({ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'sts:AssumeRole' }),
    ),
    says: /role\/node trusts more than services/,
  },
  {
    check: s22,
    what: 'Pod Identity of every cluster',
    ...trustOf('role/vpc-cni'),
    mistake: trust('role/vpc-cni', change('PodIdentity', { Condition: undefined })),
    says: /role\/vpc-cni, asked by pods.eks.amazonaws.com with \{\}: yes/,
  },
  {
    check: s22,
    what: 'flow logs of every account',
    ...trustOf('role/flow-logs'),
    mistake: trust('role/flow-logs', change('Service', { Condition: undefined })),
    says: /role\/flow-logs, asked by vpc-flow-logs.amazonaws.com with \{\}: yes/,
  },
  {
    check: s22,
    what: 'tokens for somebody else',
    touches: ['oidc-provider'],
    mistake: set('oidc-provider', { audiences: ['sts.amazonaws.com', 'somebody'] }),
    says: /tokens are for .*somebody/,
  },
];
