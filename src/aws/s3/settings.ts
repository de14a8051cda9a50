import type {
  BucketLoggingStatus,
  CORSRule,
  LifecycleRule,
  ServerSideEncryptionRule,
} from '@aws-sdk/client-s3';
import type { PolicyDocument, Statement } from '../policy.ts';

/** All four settings of block public access, or the two on ACLs only for a bucket that is meant to be public. */
export type PublicAccess = 'Blocked' | 'PolicyAllowed';

export interface Encryption {
  readonly algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
  readonly keyArn?: string;
  /** Absent: with every key of KMS. */
  readonly bucketKey?: boolean;
}

/** A bucket's sub-configurations. Absent: not named by the spec, so neither read nor written. */
export interface BucketSettings {
  readonly publicAccess: PublicAccess;
  readonly ownership: 'BucketOwnerEnforced';
  readonly encryption: Encryption;
  /** `Suspended`: no new versions are made; what never had any is left so. */
  readonly versioning: 'Enabled' | 'Suspended';
  readonly policy: PolicyDocument;
  readonly lifecycle?: readonly LifecycleRule[];
  /** IDs of the lifecycle rules that may be ours where others' stay; absent: all rules of the bucket are ours. */
  readonly ownRules?: readonly string[];
  readonly cors?: readonly CORSRule[];
  readonly logging?: { readonly bucket: string; readonly prefix: string };
  /** Read although the spec names none, and left as it is: what it is now decides what the spec leaves out. */
  readonly looksAt?: readonly (keyof BucketSettings)[];
}

/** What AWS has, by the name of the setting; undefined: not set, or not read. */
export interface BucketState {
  readonly region: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Made here, and its first tags are still to be written. */
  readonly untagged?: true;
}

export interface BucketDesired {
  readonly region: string;
  readonly settings: BucketSettings;
  /** Objects are deleted with the bucket. Absent: no field of the spec can say so. */
  readonly forceDestroy?: boolean;
  /** Statements of the spec by which objects cannot be deleted: `forceDestroy` takes them out of the policy first. */
  readonly keepsObjects?: readonly Statement[];
}

export function encryptionRule(settings: BucketSettings): ServerSideEncryptionRule {
  const { algorithm, keyArn } = settings.encryption;
  return {
    ApplyServerSideEncryptionByDefault: {
      SSEAlgorithm: algorithm,
      ...(keyArn === undefined ? {} : { KMSMasterKeyID: keyArn }),
    },
    BucketKeyEnabled: hasBucketKey(settings.encryption),
  };
}

export function hasBucketKey({ algorithm, bucketKey = algorithm === 'aws:kms' }: Encryption): boolean {
  return bucketKey;
}

export function loggingStatus(logging: { bucket: string; prefix: string } | undefined): BucketLoggingStatus {
  if (logging === undefined) return {};
  return { LoggingEnabled: { TargetBucket: logging.bucket, TargetPrefix: logging.prefix } };
}
