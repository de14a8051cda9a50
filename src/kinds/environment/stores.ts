import type { SecurityGroupDesired } from '../../aws/ec2/security-group.ts';
import { SECURITY_GROUP_NAME, SUBNET_GROUP_NAME } from '../../aws/names.ts';
import type { SubnetGroupDesired } from '../../aws/subnet-group.ts';
import type { GraphNode } from '../../engine/graph.ts';
import { linkedRoleId, linkedRoleNode } from './linked-roles.ts';
import { networkSource, withSource } from './network-source.ts';
import { descriptionOf, type Input, namedByEpoch, node } from './node.ts';

/**
 * Stores, the one port that each is reached by, and whose subnet groups they have. Amazon DocumentDB Developer Guide,
 * "Managing subnet groups": they are RDS's, in one space of names with Aurora's.
 */
const STORES = [
  ['postgres', 'Postgres', 5432, 'rds'],
  ['redis', 'Redis', 6379, 'elasticache'],
  ['documentdb', 'DocumentDb', 27017, 'rds'],
] as const;

export function storeGroupId(store: string): string {
  return `security-group/${store}`;
}

export function subnetGroupId(store: string): string {
  return `subnet-group/${store}`;
}

export function storeNodes(input: Input): readonly GraphNode[] {
  return [...securityGroupNodes(input), ...subnetGroupNodes(input)];
}

/** The security groups of stores: from the VPC to the store's port, and nowhere from there. */
function securityGroupNodes(input: Input): readonly GraphNode[] {
  const vpc = networkSource(input)?.vpc;
  if (vpc === undefined) return [];
  return STORES.map(([store, kind, port]) => {
    const id = storeGroupId(store);
    return node<SecurityGroupDesired>(
      input,
      id,
      'ec2/security-group',
      vpc.dependsOn,
      seen =>
        withSource(seen, vpc, ({ id: vpcId, cidrs }) => ({
          vpcId,
          description: descriptionOf(input, kind),
          ingress: cidrs.map(peer => ({
            protocol: 'tcp',
            fromPort: port,
            toPort: port,
            peer,
            description: 'from the VPC',
          })),
          egress: [],
        })),
      { name: namedByEpoch(input, id, SECURITY_GROUP_NAME) },
    );
  });
}

/**
 * Where stores are put: into all private subnets. Without their role in the account neither service takes a subnet group
 * (terraform-aws-modules/terraform-aws-rds issue 364, aws-controllers-k8s/community issue 367).
 */
function subnetGroupNodes(input: Input): readonly GraphNode[] {
  const source = networkSource(input);
  if (source === undefined) return [];
  const { vpc, subnets } = source;
  const groups = STORES.map(([store, kind, , service]) => {
    const id = subnetGroupId(store);
    return node<SubnetGroupDesired>(
      input,
      id,
      `${service}/subnet-group`,
      [...new Set([...vpc.dependsOn, ...subnets.dependsOn, linkedRoleId(service)])],
      seen =>
        withSource(seen, vpc, ({ id: vpcId }) =>
          withSource(seen, subnets, subnetIds => ({
            vpcId,
            description: descriptionOf(input, kind),
            subnetIds,
          })),
        ),
      { name: namedByEpoch(input, id, SUBNET_GROUP_NAME) },
    );
  });
  return [linkedRoleNode('rds.amazonaws.com'), linkedRoleNode('elasticache.amazonaws.com'), ...groups];
}
