import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Scope } from '../engine/adaptor.ts';
import type { Clock } from '../engine/clock.ts';
import { type Place, partitionOf } from './arn.ts';
import { type ReachAnswer, type ReachDesired, type ReachProbe, seldom } from './eks/reach.ts';
import { createReachProbe } from './eks/reach-probe.ts';
import type { EnvironmentClients } from './environment-services.ts';
import { createListings, type Listings } from './listing.ts';
import { type ClientOptions, clientMaker } from './make-client.ts';
import { loadedEnvironmentServices } from './on-demand.ts';
import { createPatience, type Patience } from './patience.ts';
import type { NameServerLookup } from './route53/delegation.ts';
import { createNameServerLookup } from './route53/name-servers.ts';
import { createTaggedResources, type TaggedResources } from './tagged.ts';

/** One account and region: clients that share sockets, credentials and rates. What adaptors call. */
export interface AwsScope extends Scope, Place, EnvironmentClients {
  readonly installation: string;
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly s3: S3Client;
  readonly kms: KMSClient;
  /** Of the whole account, whatever the scope's region. */
  readonly iam: IAMClient;
  /** Asks DNS, not AWS. */
  readonly nameServersOf: NameServerLookup;
  /** Asks a cluster's API server, not AWS, and not often. */
  readonly reachOf: (of: ReachDesired) => Promise<ReachAnswer>;
  readonly patience: Patience;
  /** For what AWS gives the time of. */
  readonly clock: Pick<Clock, 'now'>;
  readonly tagged: TaggedResources;
  readonly listings: Listings;
  /** What has no region: shared by all regions of the account. */
  readonly global: { readonly tagged: TaggedResources; readonly listings: Listings };
}

export interface ScopeOptions extends ClientOptions {
  readonly installation: string;
  /** Of the account's services that have no regions, shared with its other scopes. */
  readonly globalListings: Listings;
  /** Default: the machine's resolvers. */
  readonly nameServersOf?: NameServerLookup;
  /** Default: a request to it. */
  readonly reachOf?: ReachProbe;
}

export function createScope(options: ScopeOptions): AwsScope {
  const { accountId, region, clock, installation, globalListings } = options;
  const make = clientMaker(options);
  const overridden = options.endpoint ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  const taggingClient = (isGlobal: boolean) =>
    make(config => new ResourceGroupsTaggingAPIClient(config), {
      service: 'tagging',
      sdkName: 'Resource Groups Tagging API',
      isGlobal,
    });
  const listings = createListings(clock);
  let environment: EnvironmentClients | undefined;
  const onDemand = () => {
    environment ??= loadedEnvironmentServices()?.createEnvironmentClients(make, clock);
    if (environment === undefined) throw new Error('the services of an environment are not loaded');
    return environment;
  };
  return {
    key: `${accountId}/${region}`,
    partition: partitionOf(region),
    accountId,
    region,
    installation,
    sqs: make(config => new SQSClient({ ...config, useQueueUrlAsEndpoint: false }), {
      service: 'sqs',
      sdkName: 'SQS',
    }),
    sns: make(config => new SNSClient(config), { service: 'sns', sdkName: 'SNS' }),
    s3: make(
      config =>
        new S3Client({
          ...config,
          // Which host is called is a matter of the bucket, and stands in what would be shared.
          cacheMiddleware: false,
          // A custom endpoint has no name for each bucket.
          forcePathStyle: overridden !== undefined,
          followRegionRedirects: false,
        }),
      { service: 's3', sdkName: 'S3' },
    ),
    kms: make(config => new KMSClient(config), { service: 'kms', sdkName: 'KMS' }),
    iam: make(config => new IAMClient(config), { service: 'iam', sdkName: 'IAM', isGlobal: true }),
    get eks() {
      return onDemand().eks;
    },
    get eksCatalog() {
      return onDemand().eksCatalog;
    },
    get eksUpdates() {
      return onDemand().eksUpdates;
    },
    get eksInsights() {
      return onDemand().eksInsights;
    },
    get ec2() {
      return onDemand().ec2;
    },
    get vpcDns() {
      return onDemand().vpcDns;
    },
    get logs() {
      return onDemand().logs;
    },
    get acm() {
      return onDemand().acm;
    },
    get rds() {
      return onDemand().rds;
    },
    get elasticache() {
      return onDemand().elasticache;
    },
    get elb() {
      return onDemand().elb;
    },
    get elbv2() {
      return onDemand().elbv2;
    },
    get route53() {
      return onDemand().route53;
    },
    nameServersOf: options.nameServersOf ?? createNameServerLookup(),
    patience: createPatience(clock),
    clock,
    reachOf: seldom(options.reachOf ?? createReachProbe(), clock),
    tagged: createTaggedResources(taggingClient(false), installation, listings),
    listings,
    global: {
      tagged: createTaggedResources(taggingClient(true), installation, globalListings),
      listings: globalListings,
    },
  };
}
