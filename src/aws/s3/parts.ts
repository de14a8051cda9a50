import {
  DeleteBucketCorsCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLoggingCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  PutBucketAclCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketLoggingCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import type { Risk } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import { orAbsent } from '../errors.ts';
import { canonicalPolicy } from '../policy.ts';
import { policyChange } from '../policy-change.ts';
import type { AwsScope } from '../scope.ts';
import { lifecyclePart } from './lifecycle.ts';
import { writeUnlessBlocked } from './public-policy.ts';
import { putPolicyTakingBack } from './put-policy.ts';
import { plain, sameCors } from './same.ts';
import { type BucketSettings, encryptionRule, hasBucketKey, loggingStatus } from './settings.ts';

/** The bucket, and who must own it: a foreign bucket of the name is refused by AWS on every call. */
export interface Target {
  readonly Bucket: string;
  readonly ExpectedBucketOwner: string;
}

/** How far the bucket is. */
interface Stage {
  /** It is being made. */
  readonly isNew: boolean;
  /** It is somebody else's, and about to be taken into care. */
  readonly isAdopted: boolean;
  /** It was there before its object, whenever it was taken into care. */
  readonly wasThere: boolean;
}

/** One sub-configuration: read whole, compared by meaning, written whole. */
export interface Part {
  readonly field: keyof BucketSettings;
  /** May be left out of the spec; then never read, unless we once wrote it. */
  readonly optional: boolean;
  readonly risk: Risk | ((from: unknown, to: unknown, bucket: Stage) => Risk);
  /** In a bucket that is being made its risk is low, whatever it is later. */
  readonly lowWhileNew?: true;
  read(scope: AwsScope, target: Target): Promise<unknown>;
  wanted(settings: BucketSettings): unknown;
  /** `from`: as it was read; undefined where it is not set, or was not read. Where there is `own`, it answers all that S3 has then. */
  write(scope: AwsScope, target: Target, settings: BucketSettings, from: unknown): Promise<unknown>;
  /** What of that which was read the spec decides; the rest is others' and is written back. Absent: all. */
  own?(value: unknown, settings: BucketSettings): unknown;
  /** What others have that ours would replace. */
  conflict?(value: unknown, settings: BucketSettings, bucket: string): CloudError | undefined;
  /** Equal in meaning, where AWS gives the same thing back in other words. */
  same?(from: unknown, to: unknown): boolean;
  /** Back to AWS's default. */
  clear?(scope: AwsScope, target: Target, settings: BucketSettings): Promise<unknown>;
  /** For messages, where the value is long. */
  show?(from: unknown, to: unknown): { readonly from: string; readonly to: string };
}

/** In the order of writing: closed before opened, the policy after what it relies on. */
export const PARTS: readonly Part[] = [
  {
    field: 'publicAccess',
    optional: false,
    // Whoever reads it by then is shut out; in a bucket of ours that is what the spec says.
    risk: (_from, _to, { isAdopted }) => (isAdopted ? 'High' : 'Low'),
    async read({ s3 }, target) {
      const block = (await orAbsent(s3.send(new GetPublicAccessBlockCommand(target))))
        ?.PublicAccessBlockConfiguration;
      const acls = block?.BlockPublicAcls === true && block.IgnorePublicAcls === true;
      if (acls && block.BlockPublicPolicy === true && block.RestrictPublicBuckets === true) return 'Blocked';
      return acls && block.BlockPublicPolicy !== true && block.RestrictPublicBuckets !== true
        ? 'PolicyAllowed'
        : 'Open';
    },
    wanted: settings => settings.publicAccess,
    write({ s3 }, target, { publicAccess }) {
      const closed = publicAccess === 'Blocked';
      return s3.send(
        new PutPublicAccessBlockCommand({
          ...target,
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            IgnorePublicAcls: true,
            BlockPublicPolicy: closed,
            RestrictPublicBuckets: closed,
          },
        }),
      );
    },
  },
  {
    field: 'ownership',
    optional: false,
    risk: 'Low',
    async read({ s3 }, target) {
      const answer = await orAbsent(s3.send(new GetBucketOwnershipControlsCommand(target)));
      return answer?.OwnershipControls?.Rules?.[0]?.ObjectOwnership;
    },
    wanted: settings => settings.ownership,
    async write({ s3 }, target, { ownership }) {
      const OwnershipControls = { Rules: [{ ObjectOwnership: ownership }] };
      const command = new PutBucketOwnershipControlsCommand({ ...target, OwnershipControls });
      try {
        return await s3.send(command);
      } catch (error) {
        if (!(error instanceof CloudError) || error.code !== 'InvalidBucketAclWithObjectOwnership')
          throw error;
        // "Prerequisites for disabling ACLs" in the Amazon S3 User Guide: an ACL that lets others in goes first.
        await s3.send(new PutBucketAclCommand({ ...target, ACL: 'private' }));
        return s3.send(command);
      }
    },
  },
  {
    field: 'encryption',
    optional: false,
    risk: (from, to, { wasThere }) =>
      strengthOf(to) < strengthOf(from) || (wasThere && isAnotherKey(from, to)) ? 'High' : 'Low',
    async read({ s3 }, target) {
      const answer = await orAbsent(s3.send(new GetBucketEncryptionCommand(target)));
      const rule = answer?.ServerSideEncryptionConfiguration?.Rules?.[0];
      const by = rule?.ApplyServerSideEncryptionByDefault;
      if (by === undefined) return undefined;
      const bucketKey = by.SSEAlgorithm === 'aws:kms' ? rule?.BucketKeyEnabled === true : false;
      return { algorithm: by.SSEAlgorithm, keyArn: by.KMSMasterKeyID, bucketKey };
    },
    wanted: ({ encryption }) => ({
      algorithm: encryption.algorithm,
      keyArn: encryption.keyArn,
      bucketKey: hasBucketKey(encryption),
    }),
    async write({ s3 }, target, settings) {
      // The call replaces what stands beside the algorithm too: the block of SSE-C, on for new buckets, is written back.
      const now = await orAbsent(s3.send(new GetBucketEncryptionCommand(target)));
      const blocked = now?.ServerSideEncryptionConfiguration?.Rules?.[0]?.BlockedEncryptionTypes;
      const kept = blocked === undefined ? {} : { BlockedEncryptionTypes: blocked };
      return s3.send(
        new PutBucketEncryptionCommand({
          ...target,
          ServerSideEncryptionConfiguration: { Rules: [{ ...encryptionRule(settings), ...kept }] },
        }),
      );
    },
  },
  {
    field: 'versioning',
    optional: false,
    risk: 'Low',
    read: async ({ s3 }, target) => (await s3.send(new GetBucketVersioningCommand(target))).Status ?? 'Off',
    wanted: settings => settings.versioning,
    // Amazon S3 User Guide, "Using versioning in S3 buckets": a bucket that ever had versions never goes back to having none.
    same: (from, to) => from === to || (to === 'Suspended' && from !== 'Enabled'),
    write: (scope, target, { versioning }) => putVersioning(scope, target, versioning),
  },
  lifecyclePart,
  {
    field: 'cors',
    optional: true,
    risk: 'Low',
    read: async ({ s3 }, target) =>
      plain((await orAbsent(s3.send(new GetBucketCorsCommand(target))))?.CORSRules),
    wanted: settings => plain(settings.cors),
    same: sameCors,
    // S3 takes no configuration without a rule.
    write: ({ s3 }, target, { cors = [] }) =>
      cors.length === 0
        ? s3.send(new DeleteBucketCorsCommand(target))
        : s3.send(new PutBucketCorsCommand({ ...target, CORSConfiguration: { CORSRules: [...cors] } })),
    clear: ({ s3 }, target) => s3.send(new DeleteBucketCorsCommand(target)),
  },
  {
    field: 'logging',
    optional: true,
    risk: 'Low',
    async read({ s3 }, target) {
      const enabled = (await s3.send(new GetBucketLoggingCommand(target))).LoggingEnabled;
      return enabled === undefined
        ? undefined
        : { bucket: enabled.TargetBucket, prefix: enabled.TargetPrefix };
    },
    wanted: settings => settings.logging,
    write: ({ s3 }, target, { logging }) =>
      s3.send(new PutBucketLoggingCommand({ ...target, BucketLoggingStatus: loggingStatus(logging) })),
    clear: ({ s3 }, target) => s3.send(new PutBucketLoggingCommand({ ...target, BucketLoggingStatus: {} })),
  },
  {
    field: 'policy',
    optional: false,
    risk: 'Low',
    read: async ({ s3 }, target) =>
      parsed(canonicalPolicy((await orAbsent(s3.send(new GetBucketPolicyCommand(target))))?.Policy)),
    wanted: settings => parsed(canonicalPolicy(settings.policy)),
    write: (scope, target, { policy }, now) =>
      writeUnlessBlocked(scope, { bucket: target.Bucket, policy, now }, one =>
        putPolicyTakingBack(scope, target, { policy: one, now: textOf(now) }),
      ),
    show: (from, to) => policyChange(textOf(from), textOf(to)),
  },
];

/** By a key of KMS access can be taken back and is on record; "Using dual-layer server-side encryption" (DSSE) adds a layer. */
const STRENGTH = ['AES256', 'aws:kms', 'aws:kms:dsse'];

function strengthOf(encryption: unknown): number {
  const algorithm: unknown = Reflect.get(Object(encryption), 'algorithm');
  return STRENGTH.indexOf(String(algorithm));
}

/** Who may use the first key alone, which others chose, reads nothing that is written from then on. */
function isAnotherKey(from: unknown, to: unknown): boolean {
  const keyOf = (encryption: unknown): unknown => Reflect.get(Object(encryption), 'keyArn');
  return strengthOf(from) > 0 && strengthOf(to) > 0 && keyOf(from) !== keyOf(to);
}

/** As long as S3 may go on seeing a replication that this operator ended a moment ago: `settleMs` of the bucket, twice. */
const STATE_SEEN_MS = 120_000;

/**
 * Amazon S3 User Guide, "Requirements and considerations for replication" and "How S3 Object Lock works": with either
 * versioning cannot be suspended. S3 answers InvalidBucketState, for one that is on its way out as for one that stays.
 */
async function putVersioning(
  scope: AwsScope,
  target: Target,
  Status: BucketSettings['versioning'],
): Promise<void> {
  const what = `versioning of ${target.Bucket}: ${Status}`;
  try {
    await scope.s3.send(new PutBucketVersioningCommand({ ...target, VersioningConfiguration: { Status } }));
    scope.patience.done(what);
  } catch (error) {
    if (!(error instanceof CloudError) || error.code !== 'InvalidBucketState') throw error;
    if (scope.patience.lasts(what, STATE_SEEN_MS)) throw error;
    const reason = `a replication or Object Lock of the bucket needs its versions. Set spec.versioning: true to keep them, or remove the replication rules of ${target.Bucket} in S3; Object Lock cannot be taken off a bucket`;
    throw new CloudError(
      'Blocked',
      `the versioning of bucket ${target.Bucket} cannot be suspended: ${error.message}. ${reason}`,
      {
        code: error.code,
        blockers: [{ resource: `replication or Object Lock of bucket ${target.Bucket}`, reason }],
        cause: error,
      },
    );
  }
}

function textOf(policy: unknown): string | undefined {
  return policy === undefined ? undefined : JSON.stringify(policy);
}

function parsed(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text);
}
