import type { BucketSpec } from '../api/bucket.ts';
import { bucketArn } from '../aws/arn.ts';
import { policyOf, type Statement } from '../aws/policy.ts';
import type { BucketDesired } from '../aws/s3/settings.ts';
import type { Waiting } from '../engine/graph.ts';
import { lifecycleRules } from './bucket-lifecycle.ts';
import type { KindInput } from './kind.ts';
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

/** What a Bucket's buckets have alike: encryption, versions, lifecycle and logs as the spec says, and nobody let in. */
export function privateBucket(
  { spec, place, environment, namespace, name }: KindInput<BucketSpec>,
  of: { readonly policy: readonly Statement[]; readonly logPrefix: string },
): BucketDesired | Waiting {
  const withKey = spec.encryption === 'EnvironmentKey';
  if (withKey && environment.keyArn === undefined)
    return { waitingFor: `the key of OptaEnvironment ${environment.name}` };
  const logged = (spec.accessLogs ?? 'Enabled') === 'Enabled';
  if (logged && environment.logBucket === undefined)
    return { waitingFor: `the log bucket of OptaEnvironment ${environment.name}` };
  const lifecycle = lifecycleRules(spec.lifecycle);
  return {
    region: place.region,
    forceDestroy: spec.forceDestroy === true,
    settings: {
      publicAccess: 'Blocked',
      ownership: 'BucketOwnerEnforced',
      encryption:
        withKey && environment.keyArn !== undefined
          ? { algorithm: 'aws:kms', keyArn: environment.keyArn }
          : { algorithm: 'AES256' },
      versioning: spec.versioning === true ? 'Enabled' : 'Suspended',
      policy: policyOf(of.policy),
      ...(lifecycle === undefined ? {} : { lifecycle }),
      ...(logged && environment.logBucket !== undefined && environment.logBucket !== 'Disabled'
        ? { logging: { bucket: environment.logBucket, prefix: `${namespace}/${name}/${of.logPrefix}` } }
        : {}),
    },
  };
}
