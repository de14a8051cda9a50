import type { Observations } from '../../../src/engine/graph.ts';
import { REGION } from '../../support/world.ts';
import { type EnvironmentMutant, idsOf, inText, set } from './environment-mutant.ts';
import { type Desired, desired, type Mutation, missing } from './mutate.ts';
import { s1, s3, s4, s5, s20 } from './network-checks.ts';

const publicSubnets = (seen: Observations) =>
  idsOf(seen, 'subnet/public/1', 'subnet/public/2', 'subnet/public/3');

function ingress(store: string, values: Desired): Mutation {
  return desired(`security-group/${store}`, wanted => ({
    ...wanted,
    ingress: (wanted.ingress as readonly Desired[]).map(rule => ({ ...rule, ...values })),
  }));
}

/** Mistakes in the network, and in where the cluster is in it. */
export const NETWORK_MUTANTS: readonly EnvironmentMutant[] = [
  {
    check: s1,
    what: 'a role for another region',
    touches: ['role/flow-logs rights', 'role/flow-logs trust'],
    mistake: inText('role/flow-logs', text => text.replaceAll(REGION, 'us-east-1')),
    says: /us-east-1.* is not in/,
    also: /^role\/flow-logs/,
  },
  {
    check: s3,
    what: 'the control plane in public subnets',
    touches: ['cluster subnets'],
    mistake: desired('cluster', (wanted, seen) => ({ ...wanted, subnetIds: publicSubnets(seen) })),
    says: /in public subnet .* is interface .*Amazon EKS/,
    also: /the cluster may be in .* not private/,
  },
  {
    check: s4,
    what: 'the control plane in public subnets',
    touches: ['cluster subnets'],
    mistake: desired('cluster', (wanted, seen) => ({ ...wanted, subnetIds: publicSubnets(seen) })),
    says: /the cluster may be in .* not private/,
    also: /in public subnet .* is interface .*Amazon EKS/,
  },
  {
    check: s4,
    what: 'nodes in public subnets',
    touches: ['node-group'],
    mistake: desired('node-group', (wanted, seen) => ({ ...wanted, subnetIds: publicSubnets(seen) })),
    says: /its nodes may be in .* not private/,
    also: /nodes are in subnet-/,
  },
  {
    check: s4,
    what: 'a private subnet with a way in',
    touches: ['subnet/private/1'],
    mistake: desired('route/private/1/internet', (wanted, seen) => ({
      ...wanted,
      target: seen.id('internet-gateway'),
    })),
    says: /subnet\/private\/1 reaches 0.0.0.0\/0 by igw-/,
    also: /subnet\/private\/1 (has no NAT gateway|is in zone undefined)/,
  },
  {
    check: s4,
    what: 'the NAT gateway of another zone',
    touches: ['subnet/private/2'],
    mistake: desired('route/private/2/internet', (wanted, seen) => ({
      ...wanted,
      target: seen.id('nat-gateway/1'),
    })),
    says: /the NAT gateway of subnet\/private\/2 is in zone euc1-az1/,
  },
  {
    check: s4,
    what: 'no way out',
    touches: ['subnet/private/3'],
    mistake: missing('route/private/3/internet'),
    says: /private\/3 has no NAT/,
    also: /the NAT gateway of subnet\/private\/3 is in zone undefined/,
  },
  {
    check: s4,
    what: 'the routes of public subnets',
    touches: ['subnet/private/1'],
    mistake: desired('association/private/1', (wanted, seen) => ({
      ...wanted,
      routeTableId: seen.id('route-table/public'),
    })),
    says: /subnet\/private\/1 reaches 0.0.0.0\/0 by igw-/,
    also: /subnet\/private\/1 (has no NAT gateway|is in zone undefined)/,
  },
  {
    check: s5,
    what: 'a store for everybody',
    touches: ['security-group/postgres'],
    mistake: ingress('postgres', { peer: '0.0.0.0/0' }),
    says: /postgres.* lets 0.0.0.0\/0 in/,
    also: /ingress of postgres is tcp 5432-5432 0.0.0.0\/0/,
  },
  {
    check: s20,
    what: 'a store on all ports',
    touches: ['security-group/redis'],
    mistake: ingress('redis', { fromPort: 0, toPort: 65_535 }),
    says: /ingress of redis is tcp 0-65535/,
  },
  {
    check: s20,
    what: 'a store on another port',
    touches: ['security-group/documentdb'],
    mistake: ingress('documentdb', { fromPort: 27_018, toPort: 27_018 }),
    says: /ingress of documentdb is tcp 27018/,
  },
  {
    check: s20,
    what: 'a store that reaches the internet',
    touches: ['security-group/postgres'],
    mistake: set('security-group/postgres', { egress: [{ protocol: '-1', peer: '0.0.0.0/0' }] }),
    says: /egress of postgres is -1/,
  },
  {
    check: s20,
    what: 'no group of a store',
    // A cluster elsewhere leaves too few groups besides.
    touches: ['security-group/redis', 'cluster subnets'],
    mistake: missing('security-group/redis'),
    says: /there are 0 security groups of redis/,
  },
];
