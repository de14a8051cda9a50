import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { OptaEnvironmentStatus } from '../../api/environment-status.ts';
import type { CertificateState } from '../../aws/acm/certificate-state.ts';
import type { ElasticAddressState } from '../../aws/ec2/elastic-address.ts';
import type { ExistingNetworkState } from '../../aws/ec2/existing-network.ts';
import type { SubnetState } from '../../aws/ec2/subnet.ts';
import type { VpcState } from '../../aws/ec2/vpc.ts';
import type { ClusterState } from '../../aws/eks/cluster-state.ts';
import type { Delegation } from '../../aws/route53/delegation.ts';
import type { Observations } from '../../engine/graph.ts';
import type { KindInput } from '../kind.ts';
import type { Outputs } from '../lasting-outputs.ts';
import { existingCluster, madeCluster } from './cluster-spec.ts';
import { addressNodes, subnetNodes } from './network.ts';
import { EXISTING_NETWORK } from './network-source.ts';
import { madeNetwork } from './network-spec.ts';
import { roleId } from './role-node.ts';
import { storeGroupId, subnetGroupId } from './stores.ts';
import { supportEnds } from './support.ts';
import { WORKLOAD_BOUNDARY } from './workload-boundary.ts';
import { zoneId, zoneState } from './zone-source.ts';

type Input = KindInput<OptaEnvironmentSpec>;
type Existing = NonNullable<NonNullable<OptaEnvironmentSpec['network']>['existing']>;
type Part<Name extends keyof OptaEnvironmentStatus> = Partial<NonNullable<OptaEnvironmentStatus[Name]>>;

/** What other objects and people build upon. */
export function outputs(input: Input): Outputs {
  const { spec, place } = input;
  const { existing } = spec.network ?? {};
  const hasNetwork = (seen: Observations) =>
    existing === undefined ? madeNetwork(spec) !== undefined : existingState(seen) !== undefined;
  const ofCluster = <T>(read: (seen: Observations) => T) =>
    madeCluster(spec) === undefined && existingCluster(spec) === undefined ? nothing : read;
  return {
    accountId: () => place.accountId,
    encryption: seen => known({ keyArn: seen.arn('key') }),
    permissionsBoundary: seen => known({ workload: seen.arn(WORKLOAD_BOUNDARY) }),
    logBucket: seen => (spec.logBucket?.mode === 'Disabled' ? 'Disabled' : seen.id('log-bucket')),
    network(seen) {
      if (!hasNetwork(seen)) return undefined;
      return existing === undefined ? networkOutput(input, seen) : existingOutput(existing, seen);
    },
    securityGroups: seen => (hasNetwork(seen) ? ofStores(seen, storeGroupId) : undefined),
    subnetGroups: seen => (hasNetwork(seen) ? ofStores(seen, subnetGroupId) : undefined),
    cluster: ofCluster(clusterOutput),
    controllerRoles: ofCluster(rolesOutput),
    dns: seen => (spec.dns === undefined ? undefined : dnsOutput(spec, seen)),
  };
}

const nothing = () => undefined;
const existingState = (seen: Observations) => seen.state<ExistingNetworkState>(EXISTING_NETWORK);

function networkOutput(input: Input, seen: Observations): Part<'network'> {
  const [publicNodes, privateNodes] = [subnetNodes(input, 'public'), subnetNodes(input, 'private')];
  const ids = (nodes: readonly string[]) => all(nodes, node => seen.id(node));
  return known({
    vpcId: seen.id('vpc'),
    cidr: seen.state<VpcState>('vpc')?.cidr,
    zones: all(privateNodes, node => seen.state<SubnetState>(node)?.zoneId),
    publicSubnetIds: ids(publicNodes),
    privateSubnetIds: ids(privateNodes),
    natAddresses: all(addressNodes(input), node => seen.state<ElasticAddressState>(node)?.publicIp),
  });
}

function existingOutput(
  { vpcId, privateSubnetIds, publicSubnetIds }: Existing,
  seen: Observations,
): Part<'network'> | undefined {
  const { privateSubnets = [], cidr } = existingState(seen) ?? {};
  // What does not exist is no output, whatever the spec calls it.
  if (cidr === '') return undefined;
  const zones = [...new Set(privateSubnets.map(one => one.zoneId))].sort();
  return known({ vpcId, cidr, zones, privateSubnetIds, publicSubnetIds });
}

function ofStores(
  seen: Observations,
  id: (store: 'postgres' | 'redis' | 'documentdb') => string,
): Part<'securityGroups'> & Part<'subnetGroups'> {
  return known({
    postgres: seen.id(id('postgres')),
    redis: seen.id(id('redis')),
    documentdb: seen.id(id('documentdb')),
  });
}

function clusterOutput(seen: Observations): Part<'cluster'> {
  const state = seen.state<ClusterState>('cluster');
  return known({
    name: seen.id('cluster'),
    arn: seen.arn('cluster'),
    endpoint: state?.endpoint,
    version: state?.version,
    certificateAuthority: state?.certificateAuthority,
    oidcIssuer: state?.issuer,
    oidcProviderArn: seen.arn('oidc-provider'),
    securityGroupId: state?.clusterSecurityGroupId,
    supportEnds: state === undefined ? undefined : supportEnds(state),
  });
}

function rolesOutput(seen: Observations): Part<'controllerRoles'> {
  return known({
    externalDns: seen.arn(roleId('external-dns')),
    loadBalancerController: seen.arn(roleId('load-balancer-controller')),
    clusterAutoscaler: seen.arn(roleId('cluster-autoscaler')),
  });
}

function dnsOutput(spec: OptaEnvironmentSpec, seen: Observations): Part<'dns'> {
  const verdict = seen.state<Delegation>('delegation')?.verdict;
  const certificate = seen.state<CertificateState>('certificate');
  return known({
    zoneId: seen.id(zoneId(spec)),
    nameServers: zoneState(spec, seen)?.nameServers.toSorted(),
    delegated: verdict === undefined || verdict === 'Unknown' ? undefined : verdict === 'Delegated',
    // Before it is issued nothing can use it.
    certificateArn: certificate?.status === 'ISSUED' ? seen.arn('certificate') : undefined,
  });
}

/** In the order of the nodes; undefined until all are there, since a part of a list is a wrong list. */
function all(nodes: readonly string[], read: (node: string) => string | undefined): string[] | undefined {
  const values = nodes.flatMap(node => read(node) ?? []);
  return nodes.length > 0 && values.length === nodes.length ? values : undefined;
}

type Known<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Without what is undefined. */
function known<T extends object>(values: T): Known<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Known<T>;
}
