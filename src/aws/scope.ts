import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsCredentialIdentityProvider } from '@smithy/types';
import type { Scope } from '../engine/adaptor.ts';
import type { Clock } from '../engine/clock.ts';
import { type Place, partitionOf } from './arn.ts';
import { type CallHooks, equip } from './client.ts';
import { createEksCatalog, type EksCatalog } from './eks/catalog.ts';
import { createUpdateWatch, type UpdateWatch } from './eks/update-watch.ts';
import type { Limiter } from './limiter.ts';
import { createListings, type Listings } from './listing.ts';
import { createTaggedResources, type TaggedResources } from './tagged.ts';

/** One account and region: clients that share sockets, credentials and rates. What adaptors call. */
export interface AwsScope extends Scope, Place {
  readonly installation: string;
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly s3: S3Client;
  readonly kms: KMSClient;
  readonly ec2: EC2Client;
  readonly eks: EKSClient;
  readonly iam: IAMClient;
  readonly logs: CloudWatchLogsClient;
  readonly eksCatalog: EksCatalog;
  readonly eksUpdates: UpdateWatch;
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
  const eks = new EKSClient(shared);
  const iam = new IAMClient(shared);
  const logs = new CloudWatchLogsClient(shared);
  const tagging = new ResourceGroupsTaggingAPIClient(shared);
  const common = { accountId, region, limiter, clock, hooks };
  equip(sqs.middlewareStack as never, { ...common, service: 'sqs', sdkName: 'SQS' });
  equip(sns.middlewareStack as never, { ...common, service: 'sns', sdkName: 'SNS' });
  equip(s3.middlewareStack as never, { ...common, service: 's3', sdkName: 'S3' });
  equip(kms.middlewareStack as never, { ...common, service: 'kms', sdkName: 'KMS' });
  equip(ec2.middlewareStack as never, { ...common, service: 'ec2', sdkName: 'EC2' });
  equip(eks.middlewareStack as never, { ...common, service: 'eks', sdkName: 'EKS' });
  equip(iam.middlewareStack as never, { ...common, service: 'iam', sdkName: 'IAM' });
  equip(logs.middlewareStack as never, { ...common, service: 'logs', sdkName: 'CloudWatch Logs' });
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
    sqs,
    sns,
    s3,
    kms,
    ec2,
    eks,
    iam,
    logs,
    eksCatalog: createEksCatalog(eks, clock),
    eksUpdates: createUpdateWatch(clock),
    tagged: createTaggedResources(tagging, options.installation, listings),
    listings,
  };
}
