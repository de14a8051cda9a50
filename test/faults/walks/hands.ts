import { DeleteCertificateCommand } from '@aws-sdk/client-acm';
import {
  DeleteLogGroupCommand,
  DeleteRetentionPolicyCommand,
  DisassociateKmsKeyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  DeleteFlowLogsCommand,
  DeleteNatGatewayCommand,
  DeleteRouteCommand,
  DeleteTagsCommand,
  DeleteVpcEndpointsCommand,
  DisassociateRouteTableCommand,
  ModifySubnetAttributeCommand,
} from '@aws-sdk/client-ec2';
import {
  DeleteAccessEntryCommand,
  DeleteAddonCommand,
  DeleteNodegroupCommand,
  UpdateClusterConfigCommand,
  UpdateNodegroupConfigCommand,
} from '@aws-sdk/client-eks';
import {
  AttachRolePolicyCommand,
  DeleteRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  DeleteAliasCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import { ChangeResourceRecordSetsCommand, ListResourceRecordSetsCommand } from '@aws-sdk/client-route-53';
import {
  DeleteBucketCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketPolicyCommand,
  DeleteBucketReplicationCommand,
  DeletePublicAccessBlockCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import {
  DeleteTopicCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { DeleteQueueCommand, SetQueueAttributesCommand, UntagQueueCommand } from '@aws-sdk/client-sqs';
import type { AwsView } from '../../support/aws-view.ts';
import type { EnvironmentClients } from '../../support/environment-clients.ts';
import { ACCOUNT } from '../../support/manifests.ts';

/**
 * What somebody with all rights does to one thing of ours, past the operator, who puts it right: no settings that we do not
 * write, for those are left to their owners.
 */
export interface Hand {
  /** As recorded of the thing. */
  readonly type: string;
  readonly does: string;
  by(account: Account, id: string): Promise<unknown>;
}

export type Account = Pick<AwsView, 'sqs' | 'sns' | 's3' | 'kms'> & EnvironmentClients;

const ROOT = { AWS: `arn:aws:iam::${ACCOUNT}:root` };

function allowing(statement: object): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Sid: 'Hole', Effect: 'Allow', ...statement }],
  });
}

const EVERYTHING = allowing({ Action: '*', Resource: '*' });
const KEY_HOLE = allowing({ Principal: ROOT, Action: 'kms:*', Resource: '*' });
const TRUST_HOLE = allowing({ Principal: ROOT, Action: 'sts:AssumeRole' });
const PUBLISH_HOLE = allowing({ Principal: '*', Action: 'sns:Publish', Resource: '*' });
/** Anybody, to a port that nobody of ours uses. */
const OPEN = [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
const SCHEDULED_DAYS = 7;

function onQueue(Attributes: Record<string, string>): Hand {
  return {
    type: 'sqs/queue',
    does: `sets ${Object.keys(Attributes)}`,
    by: ({ sqs }, QueueUrl) => sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes })),
  };
}

function onTopic(AttributeName: string, AttributeValue: string): Hand {
  return {
    type: 'sns/topic',
    does: `sets ${AttributeName}`,
    by: ({ sns }, TopicArn) =>
      sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue })),
  };
}

const MESSAGING: readonly Hand[] = [
  onQueue({ MessageRetentionPeriod: '777' }),
  onQueue({ Policy: '' }),
  onQueue({ KmsMasterKeyId: '', SqsManagedSseEnabled: 'true' }),
  {
    type: 'sqs/queue',
    does: 'takes the name away',
    by: ({ sqs }, QueueUrl) => sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: ['Name'] })),
  },
  {
    type: 'sqs/queue',
    does: 'deletes it',
    by: ({ sqs }, QueueUrl) => sqs.send(new DeleteQueueCommand({ QueueUrl })),
  },
  onTopic('Policy', PUBLISH_HOLE),
  onTopic('KmsMasterKeyId', 'alias/aws/sns'),
  {
    type: 'sns/topic',
    does: 'deletes it',
    by: ({ sns }, TopicArn) => sns.send(new DeleteTopicCommand({ TopicArn })),
  },
  {
    type: 'sns/subscription',
    does: 'ends it',
    by: ({ sns }, SubscriptionArn) => sns.send(new UnsubscribeCommand({ SubscriptionArn })),
  },
  {
    type: 'sns/subscription',
    does: 'sends raw messages',
    by: ({ sns }, SubscriptionArn) =>
      sns.send(
        new SetSubscriptionAttributesCommand({
          SubscriptionArn,
          AttributeName: 'RawMessageDelivery',
          AttributeValue: 'true',
        }),
      ),
  },
];

const STORAGE: readonly Hand[] = [
  {
    type: 's3/bucket',
    does: 'opens it',
    by: ({ s3 }, Bucket) => s3.send(new DeletePublicAccessBlockCommand({ Bucket })),
  },
  {
    type: 's3/bucket',
    does: 'takes its policy away',
    by: ({ s3 }, Bucket) => s3.send(new DeleteBucketPolicyCommand({ Bucket })),
  },
  {
    type: 's3/bucket',
    does: 'suspends versions',
    by: ({ s3 }, Bucket) =>
      s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } })),
  },
  {
    type: 's3/bucket',
    does: 'takes its lifecycle away',
    by: ({ s3 }, Bucket) => s3.send(new DeleteBucketLifecycleCommand({ Bucket })),
  },
  {
    type: 's3/bucket',
    does: 'deletes it',
    by: ({ s3 }, Bucket) => s3.send(new DeleteBucketCommand({ Bucket })),
  },
  {
    type: 's3/notifications',
    does: 'ends them',
    by: ({ s3 }, Bucket) =>
      s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} })),
  },
  {
    type: 's3/replication',
    does: 'ends it',
    by: ({ s3 }, Bucket) => s3.send(new DeleteBucketReplicationCommand({ Bucket })),
  },
];

const KEYS_AND_ROLES: readonly Hand[] = [
  {
    type: 'kms/key',
    does: 'disables it',
    by: ({ kms }, KeyId) => kms.send(new DisableKeyCommand({ KeyId })),
  },
  {
    type: 'kms/key',
    does: 'schedules its deletion',
    by: ({ kms }, KeyId) =>
      kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: SCHEDULED_DAYS })),
  },
  {
    type: 'kms/key',
    does: 'describes it otherwise',
    by: ({ kms }, KeyId) => kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'theirs' })),
  },
  {
    type: 'kms/key',
    does: 'ends its rotation',
    by: ({ kms }, KeyId) => kms.send(new DisableKeyRotationCommand({ KeyId })),
  },
  {
    type: 'kms/key',
    does: 'changes its policy',
    by: ({ kms }, KeyId) =>
      kms.send(new PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy: KEY_HOLE })),
  },
  {
    type: 'kms/alias',
    does: 'deletes it',
    by: ({ kms }, AliasName) => kms.send(new DeleteAliasCommand({ AliasName })),
  },
  {
    type: 'iam/role',
    does: 'gives it all rights',
    by: ({ iam }, RoleName) =>
      iam.send(
        new AttachRolePolicyCommand({
          RoleName,
          PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
        }),
      ),
  },
  {
    type: 'iam/role',
    does: 'gives it more rights',
    by: ({ iam }, RoleName) =>
      iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'more', PolicyDocument: EVERYTHING })),
  },
  {
    type: 'iam/role',
    does: 'lets the account take it',
    by: ({ iam }, RoleName) =>
      iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: TRUST_HOLE })),
  },
  {
    type: 'iam/role',
    does: 'takes its boundary away',
    by: ({ iam }, RoleName) => iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName })),
  },
];

const NETWORK: readonly Hand[] = [
  {
    type: 'ec2/subnet',
    does: 'gives out public addresses',
    by: ({ ec2 }, SubnetId) =>
      ec2.send(new ModifySubnetAttributeCommand({ SubnetId, MapPublicIpOnLaunch: { Value: true } })),
  },
  ...['ec2/vpc', 'ec2/subnet', 'ec2/route-table', 'ec2/nat-gateway', 'ec2/elastic-address'].map(
    (type): Hand => ({
      type,
      does: 'takes the name away',
      by: ({ ec2 }, id) => ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: 'Name' }] })),
    }),
  ),
  {
    type: 'ec2/route',
    does: 'deletes it',
    by({ ec2 }, id) {
      const [RouteTableId, DestinationCidrBlock] = id.split('|');
      return ec2.send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock }));
    },
  },
  {
    type: 'ec2/route-table-association',
    does: 'ends it',
    by: ({ ec2 }, AssociationId) => ec2.send(new DisassociateRouteTableCommand({ AssociationId })),
  },
  {
    type: 'ec2/security-group',
    does: 'lets everybody in',
    by: ({ ec2 }, GroupId) =>
      ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: OPEN })),
  },
  {
    type: 'ec2/security-group',
    does: 'lets it out',
    by: ({ ec2 }, GroupId) =>
      ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions: OPEN })),
  },
  {
    type: 'ec2/nat-gateway',
    does: 'deletes it',
    by: ({ ec2 }, NatGatewayId) => ec2.send(new DeleteNatGatewayCommand({ NatGatewayId })),
  },
  {
    type: 'ec2/flow-log',
    does: 'deletes it',
    by: ({ ec2 }, id) => ec2.send(new DeleteFlowLogsCommand({ FlowLogIds: [id] })),
  },
  {
    type: 'ec2/gateway-endpoint',
    does: 'deletes it',
    by: ({ ec2 }, id) => ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] })),
  },
  {
    type: 'logs/log-group',
    does: 'keeps logs for ever',
    by: ({ logs }, logGroupName) => logs.send(new DeleteRetentionPolicyCommand({ logGroupName })),
  },
  {
    type: 'logs/log-group',
    does: 'takes its key away',
    by: ({ logs }, logGroupName) => logs.send(new DisassociateKmsKeyCommand({ logGroupName })),
  },
  {
    type: 'logs/log-group',
    does: 'deletes it',
    by: ({ logs }, logGroupName) => logs.send(new DeleteLogGroupCommand({ logGroupName })),
  },
];

/** Of the id of a part of a cluster. */
function within(id: string): readonly [clusterName: string, part: string] {
  const at = id.indexOf('/');
  return [id.slice(0, at), id.slice(at + 1)];
}

const CLUSTER: readonly Hand[] = [
  {
    type: 'eks/cluster',
    does: 'ends its logs',
    by: ({ eks }, name) =>
      eks.send(
        new UpdateClusterConfigCommand({
          name,
          logging: { clusterLogging: [{ types: ['audit'], enabled: false }] },
        }),
      ),
  },
  {
    type: 'eks/addon',
    does: 'deletes it',
    by({ eks }, id) {
      const [clusterName, addonName] = within(id);
      return eks.send(new DeleteAddonCommand({ clusterName, addonName }));
    },
  },
  {
    type: 'eks/access-entry',
    does: 'deletes it',
    by({ eks }, id) {
      const [clusterName, principalArn] = within(id);
      return eks.send(new DeleteAccessEntryCommand({ clusterName, principalArn }));
    },
  },
  {
    type: 'eks/nodegroup',
    does: 'lets it grow',
    by({ eks }, id) {
      const [clusterName, nodegroupName] = within(id);
      return eks.send(
        new UpdateNodegroupConfigCommand({ clusterName, nodegroupName, scalingConfig: { maxSize: 17 } }),
      );
    },
  },
  {
    type: 'eks/nodegroup',
    does: 'deletes it',
    by({ eks }, id) {
      const [clusterName, nodegroupName] = within(id);
      return eks.send(new DeleteNodegroupCommand({ clusterName, nodegroupName }));
    },
  },
];

const DOMAIN: readonly Hand[] = [
  {
    type: 'route53/record-set',
    does: 'deletes it',
    async by({ route53 }, id) {
      const [HostedZoneId, StartRecordName, StartRecordType] = id.split('|');
      const { ResourceRecordSets = [] } = await route53.send(
        new ListResourceRecordSetsCommand({
          HostedZoneId,
          StartRecordName,
          StartRecordType: StartRecordType as 'CNAME',
          MaxItems: 1,
        }),
      );
      const Changes = ResourceRecordSets.filter(one => one.Type === StartRecordType).map(
        ResourceRecordSet => ({ Action: 'DELETE' as const, ResourceRecordSet }),
      );
      await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }));
    },
  },
  {
    type: 'acm/certificate',
    does: 'deletes it',
    by: ({ acm }, CertificateArn) => acm.send(new DeleteCertificateCommand({ CertificateArn })),
  },
];

export const HANDS: readonly Hand[] = [
  ...MESSAGING,
  ...STORAGE,
  ...KEYS_AND_ROLES,
  ...NETWORK,
  ...CLUSTER,
  ...DOMAIN,
];
