import type { SecurityGroupDesired } from '../../aws/ec2/security-group.ts';
import { SECURITY_GROUP_NAME } from '../../aws/names.ts';
import type { GraphNode } from '../../engine/graph.ts';
import { networkSource, withSource } from './network-source.ts';
import { type Input, named, node } from './node.ts';

/** Stores and the one port that each is reached by. */
const STORES = [
  ['postgres', 'Postgres', 5432],
  ['redis', 'Redis', 6379],
  ['documentdb', 'DocumentDb', 27017],
] as const;

export function storeGroupId(store: string): string {
  return `security-group/${store}`;
}

/** The security groups of stores: from the VPC to the store's port, and nowhere from there. */
export function storeNodes(input: Input): readonly GraphNode[] {
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
        withSource(seen, vpc, ({ id: vpcId, cidr }) => ({
          vpcId,
          description: `${kind} of OptaEnvironment ${input.name}`,
          ingress: [
            { protocol: 'tcp', fromPort: port, toPort: port, peer: cidr, description: 'from the VPC' },
          ],
          egress: [],
        })),
      { name: epoch => `${named(input, id, SECURITY_GROUP_NAME)}${epoch === 1 ? '' : `-${epoch}`}` },
    );
  });
}
