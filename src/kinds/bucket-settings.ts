import type { BucketSpec } from '../api/bucket.ts';
import { bucketArn } from '../aws/arn.ts';
import { policyOf, type Statement } from '../aws/policy.ts';
import type { BucketDesired, BucketSettings, BucketState, Encryption } from '../aws/s3/settings.ts';
import { isWaiting, type Observations, type TaggedObservations, type Waiting } from '../engine/graph.ts';
import { ADOPTED_TAG } from '../engine/owner.ts';
import { lifecycleRules } from './bucket-lifecycle.ts';
import { isUnset } from './defaults.ts';
import { adoption, type KindCondition, type KindInput } from './kind.ts';
import { environmentKey } from './own-key.ts';
import { bucketNameOf } from './senders.ts';
import { denyPlaintext } from './statements.ts';

/** Amazon S3 User Guide, "Security best practices": every bucket's policy begins with these. */
export function tlsStatements(place: KindInput<unknown>['place'], bucket: string): readonly Statement[] {
  const arn = bucketArn(place, bucket);
  const both = [arn, `${arn}/*`];
  return [
    denyPlaintext('s3', both),
    {
      Sid: 'DenyOldTls',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: both,
      Condition: { NumericLessThan: { 's3:TlsVersion': '1.2' } },
    },
  ];
}

/** Where in the environment's log bucket the logs of an object's buckets are. */
export function logPrefix(of: { readonly namespace: string | undefined; readonly name: string | undefined }) {
  return `${of.namespace}/${of.name}/`;
}

/** Undefined: S3's own keys. */
export function bucketKey(input: KindInput<BucketSpec>): string | Waiting | undefined {
  return input.spec.encryption === 'EnvironmentKey' ? environmentKey(input) : undefined;
}

interface Of {
  readonly policy: readonly Statement[];
  readonly logPrefix: string;
  /** As AWS has it; undefined while it is not there. */
  readonly state: BucketState | undefined;
  /** Those of its statements by which objects cannot be deleted. */
  readonly keepsObjects?: readonly Statement[];
  /** It was there before its object. */
  readonly isAdopted?: boolean;
}

/** What a Bucket's buckets have alike: encryption, versions, lifecycle and logs as the spec says, and nobody let in. */
export function privateBucket(input: KindInput<BucketSpec>, of: Of): BucketDesired | Waiting {
  const { spec, place } = input;
  const leaving = {
    region: place.region,
    forceDestroy: spec.forceDestroy === true,
    ...(of.keepsObjects === undefined || of.keepsObjects.length === 0
      ? {}
      : { keepsObjects: of.keepsObjects }),
  };
  const encryption = encryptionOf(input, of);
  if (isWaiting(encryption)) return { ...encryption, leaving };
  const logging = loggingOf(input, of);
  if (isWaiting(logging)) return { ...logging, leaving };
  const lifecycle = lifecycleRules(spec.lifecycle);
  return {
    ...leaving,
    settings: {
      publicAccess: 'Blocked',
      ownership: 'BucketOwnerEnforced',
      encryption,
      versioning: spec.versioning === true ? 'Enabled' : 'Suspended',
      policy: policyOf(of.policy),
      ...(lifecycle === undefined ? {} : { lifecycle }),
      ...(logging === undefined ? {} : { logging }),
      // Whether it logs already, and where to, decides what the spec leaves out.
      ...(input.environment.logBucket === undefined ? { looksAt: ['logging'] } : {}),
    },
  };
}

/** By what S3 encrypts now what is written to it; undefined where it is not there. */
export function encryptionIn(state: BucketState | undefined): Encryption | undefined {
  return state?.settings.encryption as Encryption | undefined;
}

/** Another key, or a second layer of encryption, was somebody's decision: a spec that says nothing does not undo it. */
export function leftEncryption(
  { written }: KindInput<BucketSpec>,
  { state, isAdopted }: Pick<Of, 'state' | 'isAdopted'>,
): Encryption | undefined {
  if (isAdopted !== true || !isUnset(written, 'encryption')) return undefined;
  const now = encryptionIn(state);
  return isByKms(now) ? now : undefined;
}

function encryptionOf(input: KindInput<BucketSpec>, of: Of): Encryption | Waiting {
  const left = leftEncryption(input, of);
  if (left !== undefined) return left;
  const now = encryptionIn(of.state);
  const keyArn = bucketKey(input);
  // What is there goes on as it is, and all else of it is looked after.
  if (isWaiting(keyArn)) return now ?? keyArn;
  return keyArn === undefined ? { algorithm: 'AES256' } : { algorithm: 'aws:kms', keyArn };
}

/** It was there before its object, by the spec or by what is left of an earlier one. */
export function isAdopted(input: KindInput<BucketSpec>, seen: TaggedObservations): boolean {
  const { adopt } = adoption(input, bucketNameOf(input, input));
  return adopt !== undefined || seen.tags('bucket')[ADOPTED_TAG] !== undefined;
}

/** With one layer or two. */
export function isByKms(encryption: unknown): boolean {
  return String(Reflect.get(Object(encryption), 'algorithm')).startsWith('aws:kms');
}

function loggingOf(
  input: KindInput<BucketSpec>,
  of: Pick<Of, 'logPrefix' | 'state'>,
): BucketSettings['logging'] | Waiting {
  const { spec, environment, namespace, name } = input;
  const bucket = environment.logBucket;
  if ((spec.accessLogs ?? 'Enabled') !== 'Enabled' || bucket === 'Disabled') return undefined;
  if (bucket !== undefined) return { bucket, prefix: `${logPrefix({ namespace, name })}${of.logPrefix}` };
  // A log bucket that is lost is the environment's trouble: what is there already is looked after all the same.
  return of.state === undefined ? logBucket(input) : (of.state.settings.logging as BucketSettings['logging']);
}

function logBucket({ environment }: KindInput<unknown>): Waiting {
  return { waitingFor: `the log bucket of OptaEnvironment ${environment.name}` };
}

/** What a bucket that is there does without, until its environment has it. */
export function heldBackOf(input: KindInput<BucketSpec>, state: BucketState | undefined): readonly string[] {
  const { spec, environment } = input;
  if (state === undefined) return [];
  const { encryption, logging } = state.settings;
  const key = bucketKey(input);
  const logs = spec.accessLogs !== 'Disabled' && environment.logBucket === undefined && logging === undefined;
  return [
    ...(isWaiting(key) && !isByKms(encryption) ? [`encryption waits for ${key.waitingFor}`] : []),
    ...(logs ? [`access logs wait for ${logBucket(input).waitingFor}`] : []),
  ];
}

/** Told while something is held back; the rest of the bucket is as the spec says. */
export function heldBackConditions(
  input: KindInput<BucketSpec>,
  nodes: readonly string[],
  seen: Observations,
): readonly KindCondition[] {
  const open = nodes.flatMap(node => heldBackOf(input, seen.state(node)).map(what => `${node}: ${what}`));
  if (open.length === 0) return [];
  const notSynced = { reason: 'ChangeBlocked', needsPerson: false } as const;
  return [
    {
      type: 'SettingsComplete',
      status: 'False',
      reason: 'EnvironmentIncomplete',
      message: `${open.join('; ')}; all else is as the spec says`,
      notSynced,
    },
  ];
}
