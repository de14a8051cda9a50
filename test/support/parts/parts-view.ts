import { ACMClient } from '@aws-sdk/client-acm';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import type { IAMClient } from '@aws-sdk/client-iam';
import { RDSClient } from '@aws-sdk/client-rds';
import { Route53Client } from '@aws-sdk/client-route-53';
import type { Unwritten } from '../unwritten.ts';
import { certificateParts, iamParts, logParts, zoneParts } from './account.ts';
import { clusterParts } from './cluster.ts';
import { networkParts } from './network.ts';
import type { Part } from './part.ts';
import { cacheSubnetGroupParts, dbSubnetGroupParts } from './subnet-groups.ts';

export interface PartsView {
  /** What these services hold of networks, clusters and domains. */
  parts(services: ReadonlySet<string>): Promise<readonly Part[]>;
  close(): void;
}

type Options = ConstructorParameters<typeof EC2Client>[0];

export function createPartsView(options: Options & object, iam: IAMClient, unwritten: Unwritten): PartsView {
  const ec2 = new EC2Client(options);
  const eks = new EKSClient(options);
  const logs = new CloudWatchLogsClient(options);
  const route53 = new Route53Client(options);
  const acm = new ACMClient(options);
  const rds = new RDSClient(options);
  const elasticache = new ElastiCacheClient(options);
  const readers: Readonly<Record<string, () => Promise<readonly Part[]>>> = {
    ec2: () => networkParts(ec2),
    eks: () => clusterParts(eks),
    iam: () => unwritten.read({ service: 'iam', what: 'parts' }, () => iamParts(iam)),
    logs: () => logParts(logs),
    route53: () => zoneParts(route53),
    acm: () => certificateParts(acm),
    rds: () => dbSubnetGroupParts(rds),
    elasticache: () => cacheSubnetGroupParts(elasticache),
  };
  return {
    async parts(services) {
      const asked = Object.entries(readers).filter(([service]) => services.has(service));
      return (await Promise.all(asked.map(([, read]) => read()))).flat();
    },
    close() {
      for (const client of [ec2, eks, logs, route53, acm, rds, elasticache]) client.destroy();
    },
  };
}
