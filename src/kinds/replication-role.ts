import { bucketArn, type Place, viaService } from '../aws/arn.ts';
import type { IdentityStatement, TrustPolicy } from '../aws/policy.ts';
import { inlinePolicy, ofThisAccount, type RolePolicies } from './environment/roles/role-policies.ts';

interface Copying {
  /** Names of buckets. */
  readonly source: string;
  readonly replica: string;
  /** Undefined: S3's own keys. */
  readonly keyArn: string | undefined;
}

/**
 * What S3 copies as. Amazon S3 User Guide, "Setting up permissions for live replication", for these two buckets and nothing
 * else.
 */
export function replicationRole(place: Place, { source, replica, keyArn }: Copying): RolePolicies {
  const [from, to] = [bucketArn(place, source), bucketArn(place, replica)];
  return {
    trust: trustS3(place, from),
    managedPolicyArns: [],
    inlinePolicies: {
      replication: inlinePolicy(
        {
          Sid: 'ReadTheRule',
          Effect: 'Allow',
          Action: ['s3:GetReplicationConfiguration', 's3:ListBucket'],
          Resource: from,
        },
        {
          Sid: 'ReadObjects',
          Effect: 'Allow',
          Action: [
            's3:GetObjectVersionForReplication',
            's3:GetObjectVersionAcl',
            's3:GetObjectVersionTagging',
          ],
          Resource: `${from}/*`,
        },
        {
          Sid: 'WriteCopies',
          Effect: 'Allow',
          Action: ['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'],
          Resource: `${to}/*`,
          Condition: ofThisAccount(place),
        },
        ...(keyArn === undefined ? [] : keyStatements(place, keyArn, from, to)),
      ),
    },
  };
}

/**
 * `…IfExists`: AWS does not document that S3 says for which bucket it takes this role. Where it does, it must be this bucket;
 * where it does not, copying goes on. Another account cannot pass the role in either case (IAM User Guide, "Grant a user
 * permissions to pass a role to an AWS service").
 */
function trustS3({ accountId }: Place, source: string): TrustPolicy {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Service',
        Effect: 'Allow',
        Principal: { Service: 's3.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: {
          StringEqualsIfExists: { 'aws:SourceAccount': accountId },
          ArnEqualsIfExists: { 'aws:SourceArn': source },
        },
      },
    ],
  };
}

/**
 * "Replicating encrypted objects": the encryption context is the bucket with a bucket key, and the object for one that was
 * written without. To write with a bucket key S3 makes it, and reads it again ("Using an S3 Bucket Key with replication").
 */
function keyStatements(place: Place, keyArn: string, from: string, to: string): readonly IdentityStatement[] {
  const of = (bucket: string) => ({
    StringEquals: { 'kms:ViaService': viaService('s3', place) },
    StringLike: { 'kms:EncryptionContext:aws:s3:arn': [bucket, `${bucket}/*`] },
  });
  return [
    { Sid: 'DecryptObjects', Effect: 'Allow', Action: 'kms:Decrypt', Resource: keyArn, Condition: of(from) },
    {
      Sid: 'EncryptCopies',
      Effect: 'Allow',
      Action: ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:Decrypt'],
      Resource: keyArn,
      Condition: of(to),
    },
  ];
}
