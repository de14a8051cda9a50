/** The network of an environment as a graph: what a kind builds, with fixed ranges. */
import type { GraphNode, Observations, Waiting } from '../../engine/graph.ts';
import { policyOf } from '../policy.ts';
import { ZONES } from './testing.ts';

interface Network {
  readonly accountId: string;
  readonly region: string;
  readonly zones: number;
}

type Ids = Readonly<Record<string, string>>;

/** A desired state that needs the ids of other nodes, and waits for them. */
function needing<D>(nodes: readonly string[], make: (ids: Ids) => D) {
  return (seen: Observations): D | Waiting => {
    const ids: Record<string, string> = {};
    for (const node of nodes) {
      const id = seen.id(node);
      if (id === undefined) return { waitingFor: node, node };
      ids[node] = id;
    }
    return make(ids);
  };
}

export function networkGraph({ accountId, region, zones }: Network): readonly GraphNode[] {
  const indexes = Array.from({ length: zones }, (_, index) => index + 1);
  const tables = ['table/public', ...indexes.map(n => `table/private/${n}`)];
  // No type here has its name in AWS; each only has to be the same for all epochs.
  const named = (node: string) => ({ name: () => `shop/${node}` });
  const nodes: GraphNode[] = [
    {
      id: 'vpc',
      type: 'ec2/vpc',
      desired: () => ({ cidr: '10.0.0.0/16', dnsSupport: true, dnsHostnames: true }),
      dependsOn: [],
    },
    {
      id: 'internet-gateway',
      type: 'ec2/internet-gateway',
      desired: needing(['vpc'], ({ vpc }) => ({ vpcId: vpc })),
      dependsOn: ['vpc'],
    },
    {
      id: 'group',
      type: 'ec2/security-group',
      name: () => 'opta-test-shop-postgres',
      desired: needing(['vpc'], ({ vpc }) => ({
        vpcId: vpc,
        description: 'PostgreSQL',
        ingress: [{ protocol: 'tcp', fromPort: 5432, toPort: 5432, peer: '10.0.0.0/16' }],
        egress: [],
      })),
      dependsOn: ['vpc'],
    },
    {
      id: 'flow-log',
      type: 'ec2/flow-log',
      ...named('flow-log'),
      desired: needing(['vpc'], ({ vpc }) => ({
        vpcId: vpc,
        logGroupArn: `arn:aws:logs:${region}:${accountId}:log-group:/opta/shop/flow-logs`,
        roleArn: `arn:aws:iam::${accountId}:role/flow-logs`,
        trafficType: 'ALL',
        aggregationSeconds: 600,
      })),
      dependsOn: ['vpc'],
    },
    {
      id: 'endpoint',
      type: 'ec2/gateway-endpoint',
      ...named('endpoint'),
      desired: needing(['vpc', ...tables], ids => ({
        vpcId: ids.vpc,
        serviceName: `com.amazonaws.${region}.s3`,
        routeTableIds: tables.map(node => ids[node]),
        policy: policyOf([{ Sid: 'All', Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }]),
      })),
      dependsOn: ['vpc', ...tables],
    },
  ];
  for (const table of tables) {
    nodes.push({
      id: table,
      type: 'ec2/route-table',
      desired: needing(['vpc'], ({ vpc }) => ({ vpcId: vpc })),
      dependsOn: ['vpc'],
    });
  }
  nodes.push(route('route/public', 'table/public', 'internet-gateway'));
  for (const n of indexes) {
    for (const [tier, first] of [
      ['public', 0],
      ['private', 128],
    ] as const) {
      const table = tier === 'public' ? 'table/public' : `table/private/${n}`;
      const subnet = `subnet/${tier}/${n}`;
      nodes.push({
        id: subnet,
        type: 'ec2/subnet',
        ...named(subnet),
        desired: needing(['vpc'], ({ vpc }) => ({
          vpcId: vpc,
          zoneId: ZONES[n - 1],
          cidr: `10.0.${first + (n - 1) * 8}.0/21`,
        })),
        dependsOn: ['vpc'],
      });
      nodes.push({
        id: `association/${tier}/${n}`,
        type: 'ec2/route-table-association',
        ...named(`association/${tier}/${n}`),
        desired: needing([subnet, table], ids => ({ subnetId: ids[subnet], routeTableId: ids[table] })),
        dependsOn: [subnet, table],
      });
    }
    nodes.push({
      id: `address/${n}`,
      type: 'ec2/elastic-address',
      desired: () => ({ domain: 'vpc' }),
      // A gateway that is detached while an address is mapped is refused.
      dependsOn: ['internet-gateway'],
    });
    const [subnet, address] = [`subnet/public/${n}`, `address/${n}`];
    nodes.push({
      id: `nat/${n}`,
      type: 'ec2/nat-gateway',
      ...named(`nat/${n}`),
      desired: needing([subnet, address], ids => ({ subnetId: ids[subnet], allocationId: ids[address] })),
      dependsOn: [subnet, address, 'internet-gateway'],
    });
    nodes.push(route(`route/private/${n}`, `table/private/${n}`, `nat/${n}`));
  }
  return nodes;
}

function route(id: string, table: string, target: string): GraphNode {
  return {
    id,
    type: 'ec2/route',
    name: () => `shop/${id}`,
    desired: needing([table, target], ids => ({
      routeTableId: ids[table],
      destination: '0.0.0.0/0',
      target: ids[target],
    })),
    dependsOn: [table, target],
  };
}
