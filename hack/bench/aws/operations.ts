/** Routing table: which emulator serves which operation of which service, and whether the operation changes anything. */

import { EKS_SERVICE } from './eks/service.ts';
import type { Upstreams } from './emulators.ts';
import { type Service, table } from './operation-table.ts';
import { acm, ec2, elasticloadbalancing, iam } from './operations-moto.ts';
import { ROUTE53_LACKING, ROUTE53_SERVED } from './route53-routes.ts';

// S3: what ministack's own dispatch does not name runs there as the plain bucket or object call, so it must be lacking here.
const s3 = table({
  reads: `ListBuckets HeadBucket ListObjects ListObjectsV2 ListObjectVersions ListMultipartUploads ListParts
    GetBucketAccelerateConfiguration GetBucketAcl GetBucketCors GetBucketEncryption GetBucketLifecycleConfiguration
    GetBucketLocation GetBucketLogging GetBucketNotificationConfiguration GetBucketOwnershipControls GetBucketPolicy
    GetBucketReplication GetBucketTagging GetBucketVersioning GetBucketWebsite GetObjectLockConfiguration
    GetPublicAccessBlock GetObject HeadObject GetObjectAcl GetObjectAnnotation GetObjectAttributes GetObjectLegalHold
    GetObjectRetention GetObjectTagging ListObjectAnnotations`,
  writes: `CreateBucket DeleteBucket DeleteBucketCors DeleteBucketEncryption DeleteBucketLifecycle
    DeleteBucketOwnershipControls DeleteBucketPolicy DeleteBucketReplication DeleteBucketTagging DeleteBucketWebsite
    DeletePublicAccessBlock PutBucketAccelerateConfiguration PutBucketAcl PutBucketCors PutBucketEncryption
    PutBucketLifecycleConfiguration PutBucketLogging PutBucketNotificationConfiguration PutBucketOwnershipControls
    PutBucketPolicy PutBucketReplication PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite
    PutObjectLockConfiguration PutPublicAccessBlock AbortMultipartUpload CompleteMultipartUpload CopyObject
    CreateMultipartUpload DeleteObject DeleteObjectAnnotation DeleteObjects DeleteObjectTagging PutObject PutObjectAcl
    PutObjectAnnotation PutObjectLegalHold PutObjectRetention PutObjectTagging RestoreObject UploadPart UploadPartCopy`,
  lackingReads: `GetBucketAbac GetBucketAnalyticsConfiguration GetBucketIntelligentTieringConfiguration
    GetBucketInventoryConfiguration GetBucketMetadataConfiguration GetBucketMetadataTableConfiguration
    GetBucketMetricsConfiguration GetBucketPolicyStatus GetBucketRequestPayment ListBucketAnalyticsConfigurations
    ListBucketIntelligentTieringConfigurations ListBucketInventoryConfigurations ListBucketMetricsConfigurations
    ListDirectoryBuckets GetObjectTorrent SelectObjectContent CreateSession`,
  lackingWrites: `CreateBucketMetadataConfiguration CreateBucketMetadataTableConfiguration
    DeleteBucketAnalyticsConfiguration DeleteBucketIntelligentTieringConfiguration DeleteBucketInventoryConfiguration
    DeleteBucketMetadataConfiguration DeleteBucketMetadataTableConfiguration DeleteBucketMetricsConfiguration
    PutBucketAbac PutBucketAnalyticsConfiguration PutBucketIntelligentTieringConfiguration
    PutBucketInventoryConfiguration PutBucketMetricsConfiguration UpdateBucketMetadataAnnotationTableConfiguration
    UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration RenameObject
    UpdateObjectEncryption WriteGetObjectResponse`,
});

const sqs = table({
  reads: 'GetQueueAttributes GetQueueUrl ListQueueTags ListQueues',
  writes: `AddPermission ChangeMessageVisibility ChangeMessageVisibilityBatch CreateQueue DeleteMessage
    DeleteMessageBatch DeleteQueue PurgeQueue ReceiveMessage RemovePermission SendMessage SendMessageBatch
    SetQueueAttributes TagQueue UntagQueue`,
  lackingReads: 'ListDeadLetterSourceQueues ListMessageMoveTasks',
  lackingWrites: 'CancelMessageMoveTask StartMessageMoveTask',
});

const sns = table({
  reads: `GetEndpointAttributes GetPlatformApplicationAttributes GetSubscriptionAttributes GetTopicAttributes
    ListPlatformApplications ListSubscriptions ListSubscriptionsByTopic ListTagsForResource ListTopics`,
  writes: `AddPermission ConfirmSubscription CreatePlatformApplication CreatePlatformEndpoint CreateTopic
    DeleteEndpoint DeletePlatformApplication DeleteTopic Publish PublishBatch RemovePermission SetEndpointAttributes
    SetPlatformApplicationAttributes SetSubscriptionAttributes SetTopicAttributes Subscribe TagResource Unsubscribe
    UntagResource`,
  lackingReads: `CheckIfPhoneNumberIsOptedOut GetDataProtectionPolicy GetSMSAttributes GetSMSSandboxAccountStatus
    ListEndpointsByPlatformApplication ListOriginationNumbers ListPhoneNumbersOptedOut ListSMSSandboxPhoneNumbers`,
  lackingWrites: `CreateSMSSandboxPhoneNumber DeleteSMSSandboxPhoneNumber OptInPhoneNumber PutDataProtectionPolicy
    SetSMSAttributes VerifySMSSandboxPhoneNumber`,
});

const kms = table({
  reads: `Decrypt DescribeKey Encrypt GenerateDataKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext
    GenerateDataKeyWithoutPlaintext GenerateMac GenerateRandom GetKeyPolicy GetKeyRotationStatus
    GetParametersForImport GetPublicKey ListAliases ListGrants ListKeyPolicies ListKeys ListResourceTags Sign Verify
    VerifyMac`,
  writes: `CancelKeyDeletion CreateAlias CreateGrant CreateKey DeleteAlias DeleteImportedKeyMaterial DisableKey
    DisableKeyRotation EnableKey EnableKeyRotation ImportKeyMaterial PutKeyPolicy ReplicateKey RetireGrant RevokeGrant
    ScheduleKeyDeletion TagResource UntagResource UpdateAlias UpdateKeyDescription`,
  lackingReads: `Decapsulate DeriveSharedSecret DescribeCustomKeyStores Encapsulate GetKeyLastUsage ListKeyRotations
    ListRetirableGrants ReEncrypt`,
  lackingWrites: `ConnectCustomKeyStore CreateCustomKeyStore DeleteCustomKeyStore DisconnectCustomKeyStore
    RotateKeyOnDemand UpdateCustomKeyStore UpdatePrimaryRegion`,
});

const sts = table({
  reads: `AssumeRole AssumeRoleWithWebIdentity GetAccessKeyInfo GetCallerIdentity GetFederationToken GetSessionToken
    GetWebIdentityToken`,
  writes: '',
  lackingReads: `AssumeRoleWithSAML AssumeRoot DecodeAuthorizationMessage GetDelegatedAccessToken
    GetScopedCredentials`,
  lackingWrites: '',
});

const tagging = table({
  reads: 'GetResources GetTagKeys GetTagValues',
  writes: 'TagResources UntagResources',
  lackingReads: 'DescribeReportCreation GetComplianceSummary ListRequiredTags',
  lackingWrites: 'StartReportCreation',
});

const READ = /^(Get|List|Head|Describe|Search|Simulate)/;

const logs = table({
  reads: `DescribeLogGroups DescribeLogStreams DescribeMetricFilters DescribeResourcePolicies
    DescribeSubscriptionFilters FilterLogEvents GetLogEvents GetLogGroupFields GetLogRecord ListTagsForResource
    ListTagsLogGroup`,
  writes: `CreateLogGroup CreateLogStream DeleteLogGroup DeleteLogStream DeleteMetricFilter DeleteResourcePolicy
    DeleteRetentionPolicy DeleteSubscriptionFilter PutLogEvents PutMetricFilter PutResourcePolicy PutRetentionPolicy
    PutSubscriptionFilter TagLogGroup TagResource UntagLogGroup UntagResource`,
  lackingReads: '',
  // Overlays answer them.
  lackingWrites:
    'AssociateKmsKey DeleteAccountPolicy DisassociateKmsKey PutAccountPolicy PutLogGroupDeletionProtection',
});

const route53 = table({
  reads: ROUTE53_SERVED.filter(name => READ.test(name)).join(' '),
  writes: ROUTE53_SERVED.filter(name => !READ.test(name)).join(' '),
  lackingReads: ROUTE53_LACKING.filter(name => READ.test(name)).join(' '),
  lackingWrites: ROUTE53_LACKING.filter(name => !READ.test(name)).join(' '),
});

// Of RDS and ElastiCache so far the subnet groups, which the gateway keeps itself: their subnets are moto's.
const rds = table({
  reads: '',
  writes: '',
  lackingReads: 'DescribeDBSubnetGroups ListTagsForResource',
  lackingWrites: `AddTagsToResource CreateDBSubnetGroup DeleteDBSubnetGroup ModifyDBSubnetGroup
    RemoveTagsFromResource`,
});

const elasticache = table({
  reads: '',
  writes: '',
  lackingReads: 'DescribeCacheSubnetGroups ListTagsForResource',
  lackingWrites: `AddTagsToResource CreateCacheSubnetGroup DeleteCacheSubnetGroup ModifyCacheSubnetGroup
    RemoveTagsFromResource`,
});

/** Of Systems Manager AWS's own parameters about images of nodes. */
const ssm = table({ reads: '', writes: '', lackingReads: 'GetParameter' });

/** By signing name, so the Resource Groups Tagging API is `tagging`. */
export const SERVICES: ReadonlyMap<string, Service> = new Map<string, Service>([
  ['s3', { upstream: 'ministack', operations: s3 }],
  ['sqs', { upstream: 'ministack', operations: sqs }],
  ['eks', EKS_SERVICE],
  ['sns', { upstream: 'ministack', operations: sns }],
  ['kms', { upstream: 'ministack', operations: kms }],
  ['sts', { upstream: 'ministack', operations: sts }],
  ['tagging', { upstream: 'ministack', operations: tagging }],
  ['logs', { upstream: 'ministack', operations: logs }],
  ['ec2', { upstream: 'moto', operations: ec2 }],
  ['elasticloadbalancing', { upstream: 'moto', operations: elasticloadbalancing }],
  ['iam', { upstream: 'moto', operations: iam }],
  ['acm', { upstream: 'moto', operations: acm }],
  ['route53', { upstream: 'ministack', operations: route53 }],
  ['rds', { operations: rds }],
  ['elasticache', { operations: elasticache }],
  ['ssm', { operations: ssm }],
]);

/** Whether the operation changes anything; one that no table holds counts as changing unless its name says otherwise. */
export function isMutating(service: string, operation: string): boolean {
  const known = SERVICES.get(service)?.operations.get(operation);
  return known?.mutating ?? !READ.test(operation);
}

/** Name of the emulator that serves the call, or undefined where none does. */
export function upstreamOf(service: string, operation: string): keyof Upstreams | undefined {
  const entry = SERVICES.get(service);
  return entry?.operations.get(operation)?.served ? entry.upstream : undefined;
}
