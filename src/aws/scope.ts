import { ACMClient } from '@aws-sdk/client-acm';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { RDSClient } from '@aws-sdk/client-rds';
import { ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { Route53Client } from '@aws-sdk/client-route-53';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsCredentialIdentityProvider } from '@smithy/types';
import type { Scope } from '../engine/adaptor.ts';
import type { Clock } from '../engine/clock.ts';
import { globalRegionOf, type Place, partitionOf } from './arn.ts';
import { type CallHooks, equip } from './client.ts';
import { createEksCatalog, type EksCatalog } from './eks/catalog.ts';
import { createUpdateWatch, type UpdateWatch } from './eks/update-watch.ts';
import type { Limiter } from './limiter.ts';
import { createListings, type Listings } from './listing.ts';
import type { NameServerLookup } from './route53/delegation.ts';
import { createNameServerLookup } from './route53/name-servers.ts';
import { createTaggedResources, type TaggedResources } from './tagged.ts';

/** One account and region: clients that share sockets, credentials and rates. What adaptors call. */
export interface AwsScope extends Scope, Place {
  readonly installation: string;
  readonly eks: EKSClient;
  readonly eksCatalog: EksCatalog;
  readonly eksUpdates: UpdateWatch;
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly s3: S3Client;
  readonly kms: KMSClient;
  readonly ec2: EC2Client;
  readonly logs: CloudWatchLogsClient;
  readonly acm: ACMClient;
  readonly rds: RDSClient;
  readonly elasticache: ElastiCacheClient;
  /** Of the whole account, whatever the scope's region. */
  readonly iam: IAMClient;
  readonly route53: Route53Client;
  /** Asks DNS, not AWS. */
  readonly nameServersOf: NameServerLookup;
  readonly tagged: TaggedResources;
  readonly listings: Listings;
}

export interface ScopeOptions {
  readonly installation: string;
  readonly accountId: string;
  readonly region: string;
  readonly credentials: AwsCredentialIdentityProvider;
  readonly requestHandler: NodeHttpHandler;
  /** Overrides AWS's own endpoints, as `AWS_ENDPOINT_URL` does. */
  readonly endpoint?: string;
  readonly clock: Clock;
  /** Of this account and region, shared with all who call there. */
  readonly limiter: Limiter;
  /** Of the account's services that have no regions. */
  readonly globalLimiter: Limiter;
  /** Default: the machine's resolvers. */
  readonly nameServersOf?: NameServerLookup;
  readonly hooks: CallHooks;
}

export function createScope(options: ScopeOptions): AwsScope {
  const { accountId, region, limiter, clock, hooks } = options;
  const shared = {
    region,
    credentials: options.credentials,
    requestHandler: options.requestHandler,
    // Our queue backs off, sees every throttle, and knows which calls may be repeated.
    maxAttempts: 1,
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
  };
  const overridden = options.endpoint ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  const eks = new EKSClient(shared);
  const sqs = new SQSClient({ ...shared, useQueueUrlAsEndpoint: false });
  const sns = new SNSClient(shared);
  // A custom endpoint has no name for each bucket.
  const s3 = new S3Client({
    ...shared,
    forcePathStyle: overridden !== undefined,
    followRegionRedirects: false,
  });
  const kms = new KMSClient(shared);
  const ec2 = new EC2Client(shared);
  const logs = new CloudWatchLogsClient(shared);
  const acm = new ACMClient(shared);
  const rds = new RDSClient(shared);
  const elasticache = new ElastiCacheClient(shared);
  const globalRegion = globalRegionOf(region);
  const iam = new IAMClient({ ...shared, region: globalRegion });
  const route53 = new Route53Client({ ...shared, region: globalRegion });
  const tagging = new ResourceGroupsTaggingAPIClient(shared);
  const common = { accountId, region, limiter, clock, hooks };
  equip(eks.middlewareStack as never, { ...common, service: 'eks', sdkName: 'EKS' });
  equip(sqs.middlewareStack as never, { ...common, service: 'sqs', sdkName: 'SQS' });
  equip(sns.middlewareStack as never, { ...common, service: 'sns', sdkName: 'SNS' });
  equip(s3.middlewareStack as never, { ...common, service: 's3', sdkName: 'S3' });
  equip(kms.middlewareStack as never, { ...common, service: 'kms', sdkName: 'KMS' });
  equip(ec2.middlewareStack as never, { ...common, service: 'ec2', sdkName: 'EC2' });
  equip(logs.middlewareStack as never, { ...common, service: 'logs', sdkName: 'CloudWatch Logs' });
  equip(acm.middlewareStack as never, { ...common, service: 'acm', sdkName: 'ACM' });
  equip(rds.middlewareStack as never, { ...common, service: 'rds', sdkName: 'RDS' });
  equip(elasticache.middlewareStack as never, { ...common, service: 'elasticache', sdkName: 'ElastiCache' });
  const global = { ...common, region: globalRegion, limiter: options.globalLimiter };
  equip(iam.middlewareStack as never, { ...global, service: 'iam', sdkName: 'IAM' });
  equip(route53.middlewareStack as never, { ...global, service: 'route53', sdkName: 'Route 53' });
  equip(tagging.middlewareStack as never, {
    ...common,
    service: 'tagging',
    sdkName: 'Resource Groups Tagging API',
  });
  const listings = createListings(clock);
  return {
    key: `${accountId}/${region}`,
    partition: partitionOf(region),
    accountId,
    region,
    installation: options.installation,
    eks,
    eksCatalog: createEksCatalog(eks, clock),
    eksUpdates: createUpdateWatch(clock),
    sqs,
    sns,
    s3,
    kms,
    ec2,
    logs,
    acm,
    rds,
    elasticache,
    iam,
    route53,
    nameServersOf: options.nameServersOf ?? createNameServerLookup(),
    tagged: createTaggedResources(tagging, options.installation, listings),
    listings,
  };
}
