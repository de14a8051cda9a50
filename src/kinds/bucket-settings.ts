import type { BucketSpec } from '../api/bucket.ts';
import { bucketArn } from '../aws/arn.ts';
import { policyOf, type Statement } from '../aws/policy.ts';
import type { BucketDesired, BucketSettings, BucketState } from '../aws/s3/settings.ts';
import type { Waiting } from '../engine/graph.ts';
import { lifecycleRules } from './bucket-lifecycle.ts';
import type { KindInput } from './kind.ts';
import { environmentKey } from './own-key.ts';
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

/** What a Bucket's buckets have alike: encryption, versions, lifecycle and logs as the spec says, and nobody let in. */
export function privateBucket(
  input: KindInput<BucketSpec>,
  of: {
    readonly policy: readonly Statement[];
    readonly logPrefix: string;
    /** As AWS has it; undefined while it is not there. */
    readonly state: BucketState | undefined;
  },
): BucketDesired | Waiting {
  const { spec, place } = input;
  const keyArn = bucketKey(input);
  if (typeof keyArn === 'object') return keyArn;
  const logging = loggingOf(input, of);
  if (typeof logging === 'object' && 'waitingFor' in logging) return logging;
  const lifecycle = lifecycleRules(spec.lifecycle);
  return {
    region: place.region,
    forceDestroy: spec.forceDestroy === true,
    settings: {
      publicAccess: 'Blocked',
      ownership: 'BucketOwnerEnforced',
      encryption: keyArn === undefined ? { algorithm: 'AES256' } : { algorithm: 'aws:kms', keyArn },
      versioning: spec.versioning === true ? 'Enabled' : 'Suspended',
      policy: policyOf(of.policy),
      ...(lifecycle === undefined ? {} : { lifecycle }),
      ...(logging === undefined ? {} : { logging }),
    },
  };
}

function loggingOf(
  { spec, environment, namespace, name }: KindInput<BucketSpec>,
  of: { readonly logPrefix: string; readonly state: BucketState | undefined },
): BucketSettings['logging'] | Waiting {
  const bucket = environment.logBucket;
  if ((spec.accessLogs ?? 'Enabled') !== 'Enabled' || bucket === 'Disabled') return undefined;
  if (bucket !== undefined) return { bucket, prefix: `${logPrefix({ namespace, name })}${of.logPrefix}` };
  // A log bucket that is lost is the environment's trouble: what is logged already is looked after all the same.
  const now = of.state?.settings.logging as BucketSettings['logging'];
  return now ?? { waitingFor: `the log bucket of OptaEnvironment ${environment.name}` };
}
