import { parsePolicy } from '../../../hack/bench/policy/document.ts';
import { evaluate } from '../../../hack/bench/policy/evaluate.ts';
import {
  actionProbes,
  ownTagProbes,
  type ProbePlace,
  type RoleName,
  trustProbes,
  uselessProbes,
} from '../../../src/kinds/testing/role-probes.ts';
import { workloadProbes } from '../../../src/kinds/testing/workload-probes.ts';
import { ACCOUNT, REGION } from '../../support/world.ts';
import { environmentKeyOf } from './checks.ts';
import type { EnvironmentCheck } from './environment-checks.ts';
import type { EnvironmentState } from './environment-state.ts';
import { OWNER, when } from './judge.ts';
import type { RoleSecurity } from './role-state.ts';

/** S21, S22 and what belongs to them: the roles as they stand in AWS. */

const AWS = 'arn:aws:iam::aws:policy/';
const CNI = `${AWS}AmazonEKS_CNI_Policy`;
/** Policies of AWS that each role has, and whether it has own ones. */
const ROLES: Readonly<Record<string, { role: RoleName; managed: readonly string[]; own: boolean }>> = {
  'role/cluster': { role: 'cluster', managed: [`${AWS}AmazonEKSClusterPolicy`], own: true },
  'role/node': {
    role: 'node',
    managed: [`${AWS}AmazonEC2ContainerRegistryPullOnly`, `${AWS}AmazonEKSWorkerNodePolicy`],
    own: false,
  },
  'role/vpc-cni': { role: 'cni', managed: [CNI], own: false },
  'role/ebs-csi': { role: 'ebs', managed: [`${AWS}service-role/AmazonEBSCSIDriverPolicy`], own: true },
  'role/flow-logs': { role: 'flowLog', managed: [], own: true },
  'role/external-dns': { role: 'dns', managed: [], own: true },
  'role/load-balancer-controller': { role: 'controller', managed: [], own: true },
  'role/cluster-autoscaler': { role: 'autoscaler', managed: [], own: true },
};

/**
 * What AWS's own policies are there for. Sources: Amazon EKS User Guide, "AWS managed policies for Amazon EKS"; Amazon ECR
 * User Guide, "AWS managed policies for Amazon ECR".
 */
const NEEDS: readonly (readonly [RoleName, readonly string[]])[] = [
  ['cluster', ['ec2:DescribeSubnets', 'elasticloadbalancing:DescribeLoadBalancers', 'kms:DescribeKey']],
  [
    'node',
    [
      'ec2:DescribeInstances',
      'eks:DescribeCluster',
      'eks-auth:AssumeRoleForPodIdentity',
      'ecr:GetAuthorizationToken',
      'ecr:BatchGetImage',
      'ecr:GetDownloadUrlForLayer',
    ],
  ],
  ['cni', ['ec2:AssignPrivateIpAddresses', 'ec2:AttachNetworkInterface', 'ec2:CreateNetworkInterface']],
  ['ebs', ['ec2:AttachVolume', 'ec2:DetachVolume', 'ec2:DescribeVolumes']],
];

function resourceFor(action: string): string {
  return /(Attach|Detach)Volume/.test(action) ? `arn:aws:ec2:${REGION}:${ACCOUNT}:volume/vol-1` : '*';
}

/** S21: no more power on nodes than joining and pulling images; the CNI has a role of its own. */
export const s21: EnvironmentCheck = state => {
  const cni = state.roles.find(role => role.node === 'role/vpc-cni');
  const nodes = state.roles.find(role => role.node === 'role/node');
  const cluster = state.roles.find(role => role.node === 'role/cluster');
  return [
    ...state.clusters.flatMap(({ cluster: made, nodegroups, podIdentities }) => {
      const identity = podIdentities.find(one => one.serviceAccount === 'aws-node');
      return [
        ...when(made.roleArn !== cluster?.arn, `the cluster is ${made.roleArn}`),
        ...nodegroups.flatMap(one => when(one.nodeRole !== nodes?.arn, `nodes are ${one.nodeRole}`)),
        ...when(
          identity?.namespace !== 'kube-system' || identity.roleArn !== cni?.arn,
          `aws-node is ${identity?.roleArn ?? 'no role'}`,
        ),
      ];
    }),
    ...(['role/node', 'role/cluster', 'role/vpc-cni'] as const).flatMap(node => {
      const role = state.roles.find(one => one.node === node);
      return role === undefined ? [`there is no ${node}`] : [...exactly(role), ...useless(state, role)];
    }),
  ];
};

/** Each role of the environment may do what its component needs, and nothing else. */
export const systemRoles: EnvironmentCheck = state => [
  ...Object.keys(ROLES).flatMap(node => {
    const count = state.roles.filter(role => role.node === node).length;
    return when(count !== 1, `there are ${count} of ${node}`);
  }),
  ...state.roles.flatMap(role => {
    const known = ROLES[role.node];
    if (known === undefined) return [`${role.node} is no role of an environment`];
    const own = { ...role, policies: role.policies.slice(role.managed.length) };
    const needs = NEEDS.flatMap(([name, actions]) => (name === known.role ? actions : []));
    return [
      ...exactly(role),
      ...useless(state, role),
      ...needs.flatMap(action =>
        when(!may(role, action, resourceFor(action)), `${role.node} may not ${action}`),
      ),
      ...actionProbes(placeOf(state))
        .filter(([name]) => name === known.role)
        .flatMap(([, action, resource, context, expected]) => {
          const answer = may(own, action, resource, context) ? 'yes' : 'no';
          return when(
            answer !== expected,
            `${role.node}, asked for ${action} on ${resource} with ${JSON.stringify(context)}: ${answer}`,
          );
        }),
      ...ownWildcards(own),
    ];
  }),
];

const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
const EVERYTHING = JSON.stringify({ Version: '2012-10-17', Statement: everything });
const LETS_ALL_IN = JSON.stringify({ Version: '2012-10-17', Statement: { ...everything, Principal: '*' } });

/** S24: each role has a boundary of ours, which leaves what its component needs and stops whatever is attached to it later. */
export const s24: EnvironmentCheck = state =>
  state.roles.flatMap(role => {
    const { node, boundary } = role;
    if (boundary === undefined) return [`${node} has no boundary`];
    const { role: name } = ROLES[node] ?? {};
    const needs = NEEDS.flatMap(([of, actions]) => (of === name ? actions : []));
    const probes = actionProbes(placeOf(state)).filter(
      ([of, , , , answer]) => of === name && answer === 'yes',
    );
    return [
      ...when(
        !boundary.arn.startsWith(`arn:aws:iam::${ACCOUNT}:policy/opta/`),
        `${node} has the boundary ${boundary.arn}`,
      ),
      ...needs.flatMap(action =>
        when(!may(role, action, resourceFor(action), {}, boundary), `${node}: its boundary stops ${action}`),
      ),
      ...probes.flatMap(([, action, resource, context]) =>
        when(
          !may(role, action, resource, context, boundary),
          `${node}: its boundary stops ${action} on ${resource}`,
        ),
      ),
      ...ownTagProbes(placeOf(state)).flatMap(([action, resource, context]) =>
        when(
          may({ ...role, policies: [EVERYTHING] }, action, resource, context, boundary),
          `${node}: its boundary lets ${action} write tags of ours`,
        ),
      ),
      ...uselessProbes(placeOf(state)).flatMap(([action, resource]) =>
        when(
          may({ ...role, policies: [EVERYTHING] }, action, resource, {}, boundary),
          `${node}: its boundary lets an administrator’s policy ${action} on ${resource}`,
        ),
      ),
    ];
  });

/** S24: there is a boundary for roles and users of teams, which leaves them the installation's data and nothing else. */
export const workloadBound: EnvironmentCheck = ({ policies }) => {
  const [boundary, ...more] = policies.filter(one => one.node === 'boundary/workload');
  if (boundary === undefined || more.length > 0)
    return [`there are ${more.length + (boundary === undefined ? 0 : 1)} boundaries of workloads`];
  const { arn, document } = boundary;
  const role = { arn: `arn:aws:iam::${ACCOUNT}:role/app`, policies: [EVERYTHING] };
  return [
    ...when(!arn.startsWith(`arn:aws:iam::${ACCOUNT}:policy/opta/`), `the boundary of workloads is ${arn}`),
    ...workloadProbes({ accountId: ACCOUNT, region: REGION, installation: 'test' }).flatMap(
      ([action, resource, context, expected, owner = ACCOUNT]) => {
        const answer = may(role, action, resource, context, { arn, document }, owner) ? 'yes' : 'no';
        return when(
          answer !== expected,
          `a workload that is attached everything, asked for ${action} on ${resource} of ${owner}: ${answer}`,
        );
      },
    ),
  ];
};

function exactly({ node, managed, inline }: RoleSecurity): readonly string[] {
  const known = ROLES[node];
  const wanted = [...(known?.managed ?? [])].sort().join();
  return [
    ...when([...managed].sort().join() !== wanted, `${node} has the policies ${managed.join() || '(none)'}`),
    ...when(
      inline.length > 0 !== known?.own,
      `${node} has policies of its own: ${inline.join() || '(none)'}`,
    ),
  ];
}

function useless(state: EnvironmentState, role: RoleSecurity): readonly string[] {
  return uselessProbes(placeOf(state)).flatMap(([action, resource]) =>
    when(may(role, action, resource), `${role.node} may ${action} on ${resource}`),
  );
}

/** Of policies that are ours: AWS's own ones name no resources. */
function ownWildcards({ node, policies, managed }: RoleSecurity): readonly string[] {
  return policies
    .slice(managed.length)
    .flatMap(text =>
      parsePolicy(text).statements.flatMap(
        ({ sid, actions = [], notActions, resources = [], notResources }) => [
          ...when(
            notActions !== undefined || notResources !== undefined,
            `${node}, ${sid}: all but something`,
          ),
          ...actions.flatMap(action =>
            when(/^\*|^[a-z0-9-]+:\*/.test(action), `${node}, ${sid}: allows ${action}`),
          ),
          ...when(
            resources.includes('*') && !actions.every(isRead),
            `${node}, ${sid}: ${actions.join()} on everything`,
          ),
        ],
      ),
    );
}

/** Reads have no resource level in most services. */
function isRead(action: string): boolean {
  return /:(Describe|List|Get)/.test(action);
}

function may(
  { arn, policies }: Pick<RoleSecurity, 'arn' | 'policies'>,
  action: string,
  resource: string,
  context: Record<string, string | string[]> = {},
  boundary?: RoleSecurity['boundary'],
  owner = ACCOUNT,
): boolean {
  const principal = { ...OWNER, arn };
  return (
    evaluate({
      kind: 'iam-identity',
      policies: [...policies],
      ...(boundary === undefined ? {} : { boundary: boundary.document }),
      ...(owner === ACCOUNT ? {} : { resourcePolicy: LETS_ALL_IN }),
      request: { principal, action, resource, resourceAccountId: owner, context },
    }).decision === 'Allow'
  );
}

/** S22: service accounts get roles by the cluster's own issuer or by Pod Identity, and nobody else does. */
export const s22: EnvironmentCheck = state => {
  const place = placeOf(state);
  const [provider, ...more] = state.providers;
  const known = new Map(Object.entries(ROLES).map(([node, { role }]) => [role, node]));
  return [
    ...when(provider === undefined || more.length > 0, `there are ${state.providers.length} OIDC providers`),
    ...when(provider?.url.replace('https://', '') !== place.host, `the OIDC provider is ${provider?.url}`),
    ...when(
      provider?.audiences.join() !== 'sts.amazonaws.com',
      `tokens are for ${provider?.audiences.join() || '(nobody)'}`,
    ),
    ...trustProbes(place).flatMap(([name, principal, action, context, expected]) => {
      const role = state.roles.find(one => one.node === known.get(name));
      const { decision } = evaluate({
        kind: 'iam-role',
        resourcePolicy: role?.trust ?? '{}',
        request: { principal, action, resource: role?.arn ?? '', context },
      });
      const answer = decision === 'Allow' ? 'yes' : 'no';
      const who = principal.service ?? principal.provider ?? principal.arn;
      return when(
        answer !== expected,
        `${known.get(name)}, asked by ${who} with ${JSON.stringify(context)}: ${answer}`,
      );
    }),
    ...state.roles.flatMap(({ node, trust }) =>
      parsePolicy(trust).statements.flatMap(({ principal, notPrincipal, conditions }) => [
        ...when(
          principal?.everyone === true || notPrincipal !== undefined || (principal?.aws.length ?? 0) > 0,
          `${node} trusts more than services and the issuer`,
        ),
        ...when(
          (principal?.federated.length ?? 0) > 0 &&
            conditions.some(({ operator }) => operator !== 'StringEquals'),
          `${node} trusts tokens by ${conditions.map(one => one.operator).join()}`,
        ),
      ]),
    ),
  ];
};

function placeOf(state: EnvironmentState): ProbePlace {
  const { network, clusters, zones } = state;
  const flowLogs = network.flowLogs.map(one => one.LogDestination ?? '').at(0) ?? '';
  const key = environmentKeyOf(state);
  const tags = Object.entries(key?.tags ?? {}).map(([name, value]) => [`aws:ResourceTag/${name}`, value]);
  return {
    accountId: ACCOUNT,
    region: REGION,
    clusterName: clusters[0]?.cluster.name ?? '',
    host: (clusters[0]?.cluster.identity?.oidc?.issuer ?? '').replace('https://', ''),
    keyArn: key?.metadata.Arn ?? '',
    keyTags: Object.fromEntries(tags),
    vpcId: network.vpcs[0]?.VpcId ?? '',
    zoneId: (zones[0]?.zone.Id ?? '').replace('/hostedzone/', ''),
    logGroup: flowLogs.slice(flowLogs.indexOf('log-group:') + 'log-group:'.length),
  };
}
