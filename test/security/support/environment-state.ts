import {
  type ACMClient,
  type CertificateDetail,
  DescribeCertificateCommand,
  ListCertificatesCommand,
} from '@aws-sdk/client-acm';
import { DescribeLogGroupsCommand, type LogGroup } from '@aws-sdk/client-cloudwatch-logs';
import {
  type HostedZone,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  type Route53Client,
} from '@aws-sdk/client-route-53';
import type { EnvironmentClients } from '../../support/environment-clients.ts';
import type { TestWorld } from '../../support/world.ts';
import { type ClusterSecurity, readClusters } from './cluster-state.ts';
import { type NetworkSecurity, readNetwork } from './network-state.ts';
import {
  type PolicySecurity,
  type ProviderSecurity,
  type RoleSecurity,
  readPolicies,
  readProviders,
  readRoles,
} from './role-state.ts';
import { type KeySecurity, readKeys } from './state.ts';

export interface ZoneSecurity {
  readonly zone: HostedZone;
  readonly records: readonly ResourceRecordSet[];
}

/** What an environment is in AWS, as far as the promises are about it; read past the operator's own code. */
export interface EnvironmentState {
  readonly network: NetworkSecurity;
  readonly clusters: readonly ClusterSecurity[];
  readonly roles: readonly RoleSecurity[];
  readonly policies: readonly PolicySecurity[];
  readonly providers: readonly ProviderSecurity[];
  readonly keys: readonly KeySecurity[];
  readonly logGroups: readonly LogGroup[];
  readonly zones: readonly ZoneSecurity[];
  readonly certificates: readonly CertificateDetail[];
}

export async function readEnvironment(
  { aws }: TestWorld,
  clients: EnvironmentClients,
): Promise<EnvironmentState> {
  const { ec2, eks, iam, logs, route53, acm } = clients;
  const [network, clusters, roles, policies, providers, keys, groups, zones, certificates] =
    await Promise.all([
      readNetwork(ec2),
      readClusters(eks),
      readRoles(iam),
      readPolicies(iam),
      readProviders(iam),
      readKeys(aws),
      logs.send(new DescribeLogGroupsCommand({})),
      readZones(route53),
      readCertificates(acm),
    ]);
  return {
    network,
    clusters,
    roles,
    policies,
    providers,
    keys,
    logGroups: groups.logGroups ?? [],
    zones,
    certificates,
  };
}

async function readZones(route53: Route53Client): Promise<readonly ZoneSecurity[]> {
  const { HostedZones = [] } = await route53.send(new ListHostedZonesCommand({}));
  return Promise.all(
    HostedZones.map(async zone => {
      const { ResourceRecordSets: records = [] } = await route53.send(
        new ListResourceRecordSetsCommand({ HostedZoneId: zone.Id }),
      );
      return { zone, records };
    }),
  );
}

async function readCertificates(acm: ACMClient): Promise<readonly CertificateDetail[]> {
  const { CertificateSummaryList = [] } = await acm.send(new ListCertificatesCommand({}));
  const all = await Promise.all(
    CertificateSummaryList.map(({ CertificateArn }) =>
      acm.send(new DescribeCertificateCommand({ CertificateArn })),
    ),
  );
  return all.flatMap(({ Certificate }) => Certificate ?? []);
}
