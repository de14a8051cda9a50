import {
  CreateRouteTableCommand,
  DeleteRouteTableCommand,
  DeleteSecurityGroupCommand,
  DescribeRouteTablesCommand,
  ModifyVpcEndpointCommand,
  ReplaceRouteTableAssociationCommand,
} from '@aws-sdk/client-ec2';
import { UpdateAccessEntryCommand } from '@aws-sdk/client-eks';
import { ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  DeleteCacheSubnetGroupCommand,
  ElastiCacheClient,
  ModifyCacheSubnetGroupCommand,
} from '@aws-sdk/client-elasticache';
import { UpdateKeyDescriptionCommand } from '@aws-sdk/client-kms';
import { DeleteDBSubnetGroupCommand, ModifyDBSubnetGroupCommand, RDSClient } from '@aws-sdk/client-rds';
import { UpdateHostedZoneCommentCommand } from '@aws-sdk/client-route-53';
import { CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { OptaEnvironmentStatus } from '../../../../src/api/environment-status.ts';
import { leave } from '../../../../src/kinds/environment/testing-leftovers.ts';
import { observerOptions } from '../../../support/aws-view.ts';
import { environmentClients } from '../../../support/environment-clients.ts';
import { ACCOUNT, REGION } from '../../../support/manifests.ts';
import type { TestWorld } from '../../../support/world.ts';
import { type EnvironmentHand, environmentByHand } from '../environment-hand.ts';
import { type EnvironmentState, readEnvironment } from '../environment-state.ts';
import { withStatement } from '../hand.ts';
import { nodeOf } from '../network-state.ts';

/** Whom the environment lets into its cluster. */
export const ADMIN = `arn:aws:iam::${ACCOUNT}:role/admin`;
const EVERYWHERE = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
const READING = withStatement({ Action: 's3:GetObject', Resource: '*' });
const TAKING = withStatement({ Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' });

/** What people with all rights do to the environment `dev`, its queue `orders`, its topic `events` and its bucket `uploads`. */
export interface People {
  takeAway(): Promise<void>;
  /** What they brought in place of what they took away: the VPC cannot go with it. */
  takeBack(): Promise<void>;
  change(): Promise<void>;
  fillBucket(): Promise<void>;
  /** By the controllers of the cluster. */
  leaveBehind(): Promise<void>;
  close(): void;
}

export function people(world: TestWorld): People {
  const options = observerOptions(world.bench.gateway, ACCOUNT, REGION);
  const clients = environmentClients(world);
  const { ec2, eks, route53 } = clients;
  const { kms, s3 } = world.aws;
  const [rds, elasticache] = [new RDSClient(options), new ElastiCacheClient(options)];
  const [elb, elbv2] = [new ElasticLoadBalancingClient(options), new ElasticLoadBalancingV2Client(options)];
  let broughtTableId: string | undefined;

  const hands = () =>
    environmentByHand({
      world,
      clients,
      state: async () => oursIn(await readEnvironment(world, clients)),
    });

  async function status(): Promise<OptaEnvironmentStatus> {
    return ((await world.get('OptaEnvironment', 'dev'))?.status ?? {}) as OptaEnvironmentStatus;
  }

  async function idOf(node: string): Promise<string> {
    return (await status()).resources?.find(one => one.node === node)?.id ?? '';
  }

  /** Puts a table of their own in the place of ours. */
  async function replaceTable(SubnetId: string): Promise<void> {
    const Filters = [{ Name: 'association.subnet-id', Values: [SubnetId] }];
    const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
    const [ours] = RouteTables ?? [];
    const made = await ec2.send(new CreateRouteTableCommand({ VpcId: ours?.VpcId }));
    broughtTableId = made.RouteTable?.RouteTableId;
    const AssociationId = ours?.Associations?.find(one => one.SubnetId === SubnetId)?.RouteTableAssociationId;
    await ec2.send(new ReplaceRouteTableAssociationCommand({ AssociationId, RouteTableId: broughtTableId }));
  }

  async function changeNetwork(by: EnvironmentHand): Promise<void> {
    await by.publicAddresses('subnet/private/1');
    await by.routeOut('route-table/private/1');
    await by.letOut('security-group/postgres', EVERYWHERE);
    await by.letIn('security-group/postgres', EVERYWHERE);
    const RemoveRouteTableIds = [await idOf('route-table/private/1')];
    const VpcEndpointId = await idOf('endpoint/s3');
    await ec2.send(new ModifyVpcEndpointCommand({ VpcEndpointId, RemoveRouteTableIds }));
    const SubnetIds = [...((await status()).network?.privateSubnetIds ?? [])];
    const description = 'by people';
    const db = {
      DBSubnetGroupName: await idOf('subnet-group/postgres'),
      DBSubnetGroupDescription: description,
    };
    await rds.send(new ModifyDBSubnetGroupCommand({ ...db, SubnetIds }));
    const cache = {
      CacheSubnetGroupName: await idOf('subnet-group/redis'),
      CacheSubnetGroupDescription: description,
    };
    await elasticache.send(new ModifyCacheSubnetGroupCommand({ ...cache, SubnetIds }));
    await by.noLogKey('flow-logs');
    await by.noRetention('flow-logs');
    await by.noValidation();
    await route53.send(new UpdateHostedZoneCommentCommand({ Id: await idOf('zone'), Comment: description }));
  }

  async function changeCluster(by: EnvironmentHand): Promise<void> {
    await by.template({ Monitoring: { Enabled: true } });
    await by.access(ADMIN, 'View');
    const clusterName = (await status()).cluster?.name;
    await eks.send(
      new UpdateAccessEntryCommand({ clusterName, principalArn: ADMIN, kubernetesGroups: ['people'] }),
    );
    await by.attach('role/node', 'ReadOnlyAccess');
    await by.noBoundary('role/external-dns');
    await by.noInline('role/external-dns');
    await by.policy('boundary/workload', READING);
    await by.trust('role/cluster', TAKING);
    await by.audience('people');
    await by.noAudience();
  }

  async function changeRest(by: EnvironmentHand): Promise<void> {
    await by.noRotation('Queue', 'orders');
    const KeyId = by.keyOf('Queue', 'orders').id;
    await kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'by people' }));
    await by.disableKey('Queue', 'orders');
    await by.deleteKey('Topic', 'events');
    await by.noAccessBlock('uploads');
    await by.ownership('uploads', 'ObjectWriter');
    await by.acl('uploads', 'public-read');
  }

  return {
    async takeAway() {
      const by = await hands();
      await rds.send(
        new DeleteDBSubnetGroupCommand({ DBSubnetGroupName: await idOf('subnet-group/postgres') }),
      );
      const CacheSubnetGroupName = await idOf('subnet-group/redis');
      await elasticache.send(new DeleteCacheSubnetGroupCommand({ CacheSubnetGroupName }));
      await ec2.send(new DeleteSecurityGroupCommand({ GroupId: await idOf('security-group/postgres') }));
      await replaceTable((await status()).network?.privateSubnetIds?.[0] ?? '');
      await by.noAlias('OptaEnvironment', 'dev');
      await by.noReplication('uploads');
    },
    async takeBack() {
      await ec2.send(new DeleteRouteTableCommand({ RouteTableId: broughtTableId }));
    },
    async change() {
      const by = await hands();
      await changeNetwork(by);
      await changeCluster(by);
      await changeRest(by);
    },
    async fillBucket() {
      const Bucket = (await hands()).bucketOf('uploads');
      await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
      await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'b' }));
    },
    async leaveBehind() {
      const { cluster, network } = await status();
      const subnetIds = [...(network?.publicSubnetIds ?? [])];
      await leave({ ec2, elb, elbv2, vpcId: network?.vpcId ?? '', subnetIds }, cluster?.name ?? '');
    },
    close() {
      for (const client of [...Object.values(clients), rds, elasticache, elb, elbv2]) client.destroy();
    },
  };
}

/** Without what others have of the sorts of which an environment has one. */
function oursIn(all: EnvironmentState): EnvironmentState {
  const clusters = all.clusters.filter(one => one.cluster.name?.startsWith('test-'));
  const issuer = clusters[0]?.cluster.identity?.oidc?.issuer ?? '';
  return {
    ...all,
    clusters,
    network: { ...all.network, flowLogs: all.network.flowLogs.filter(one => nodeOf(one) !== '') },
    providers: all.providers.filter(one => issuer.endsWith(one.url)),
    zones: all.zones.filter(one => one.zone.Name === 'dev.example.com.'),
  };
}
