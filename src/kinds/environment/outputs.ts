import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import type { OptaEnvironmentStatus } from '../../api/environment-status.ts';
import type { CertificateState } from '../../aws/acm/certificate.ts';
import type { ElasticAddressState } from '../../aws/ec2/elastic-address.ts';
import type { ExistingNetworkState } from '../../aws/ec2/existing-network.ts';
import type { SubnetState } from '../../aws/ec2/subnet.ts';
import type { VpcState } from '../../aws/ec2/vpc.ts';
import type { ClusterState } from '../../aws/eks/cluster-state.ts';
import type { Delegation } from '../../aws/route53/delegation.ts';
import type { Observations } from '../../engine/graph.ts';
import type { KindInput } from '../kind.ts';
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

/** What other objects and people build upon. What is not there yet is left out. */
export function outputs(input: Input, seen: Observations): Readonly<Record<string, unknown>> {
  const { spec, place } = input;
  const made = madeNetwork(spec) === undefined ? {} : networkOutputs(input, seen);
  const network = spec.network?.existing === undefined ? made : existingOutputs(spec.network.existing, seen);
  const hasCluster = madeCluster(spec) !== undefined || existingCluster(spec) !== undefined;
  const cluster = hasCluster ? clusterOutputs(seen) : {};
  return {
    accountId: place.accountId,
    ...known({
      encryption: known({ keyArn: seen.arn('key') }),
      permissionsBoundary: known({ workload: seen.arn(WORKLOAD_BOUNDARY) }),
      logBucket: spec.logBucket?.mode === 'Disabled' ? 'Disabled' : seen.id('log-bucket'),
      ...network,
      ...cluster,
      dns: spec.dns === undefined ? undefined : dnsOutputs(spec, seen),
    }),
  };
}

function networkOutputs(input: Input, seen: Observations) {
  const [publicNodes, privateNodes] = [subnetNodes(input, 'public'), subnetNodes(input, 'private')];
  const ids = (nodes: readonly string[]) => all(nodes, node => seen.id(node));
  const network: Part<'network'> = known({
    vpcId: seen.id('vpc'),
    cidr: seen.state<VpcState>('vpc')?.cidr,
    zones: all(privateNodes, node => seen.state<SubnetState>(node)?.zoneId),
    publicSubnetIds: ids(publicNodes),
    privateSubnetIds: ids(privateNodes),
    natAddresses: all(addressNodes(input), node => seen.state<ElasticAddressState>(node)?.publicIp),
  });
  return { network, ...groupsOf(seen) };
}

function groupsOf(seen: Observations) {
  const ofStores = (id: (store: string) => string) =>
    known({
      postgres: seen.id(id('postgres')),
      redis: seen.id(id('redis')),
      documentdb: seen.id(id('documentdb')),
    });
  const securityGroups: Part<'securityGroups'> = ofStores(storeGroupId);
  const subnetGroups: Part<'subnetGroups'> = ofStores(subnetGroupId);
  return { securityGroups, subnetGroups };
}

function existingOutputs({ vpcId, privateSubnetIds, publicSubnetIds }: Existing, seen: Observations) {
  const state = seen.state<ExistingNetworkState>(EXISTING_NETWORK);
  if (state === undefined) return {};
  const zones = [...new Set(state.privateSubnets.map(one => one.zoneId))].sort();
  const { cidr } = state;
  const network: Part<'network'> = known({ vpcId, cidr, zones, privateSubnetIds, publicSubnetIds });
  return { network, ...groupsOf(seen) };
}

function clusterOutputs(seen: Observations) {
  const state = seen.state<ClusterState>('cluster');
  const cluster: Part<'cluster'> = known({
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
  const controllerRoles: Part<'controllerRoles'> = known({
    externalDns: seen.arn(roleId('external-dns')),
    loadBalancerController: seen.arn(roleId('load-balancer-controller')),
    clusterAutoscaler: seen.arn(roleId('cluster-autoscaler')),
  });
  return { cluster, controllerRoles };
}

function dnsOutputs(spec: OptaEnvironmentSpec, seen: Observations): Part<'dns'> {
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

/** Without what is undefined, and without parts of which nothing is known. */
function known<T extends object>(values: T): Known<T> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined && !isEmpty(value));
  return Object.fromEntries(entries) as Known<T>;
}

function isEmpty(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
  );
}
