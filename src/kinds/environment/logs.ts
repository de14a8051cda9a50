import type { OptaEnvironmentSpec } from '../../api/environment.ts';
import { BUCKET_NAME } from '../../aws/names.ts';
import { policyOf } from '../../aws/policy.ts';
import { rulesIn } from '../../aws/s3/lifecycle-rule.ts';
import type { BucketDesired, BucketState } from '../../aws/s3/settings.ts';
import type { GraphNode, Observations } from '../../engine/graph.ts';
import { tlsStatements } from '../bucket-settings.ts';
import { type KindInput, nameOf, tagsOf } from '../kind.ts';
import { allowDelivery } from './log-delivery.ts';

const RULE_ID = 'logs';

/** The bucket that other buckets and load balancers write their access logs to. */
export function logNodes(input: KindInput<OptaEnvironmentSpec>): readonly GraphNode[] {
  const { spec, place } = input;
  if (spec.logBucket?.mode === 'Disabled') return [];
  const name = nameOf(input, input, 'logs', BUCKET_NAME);
  const node: GraphNode<BucketDesired> = {
    id: 'log-bucket',
    type: 's3/bucket',
    name: () => name,
    dependsOn: [],
    optional: true,
    asksLast: true,
    tags: tagsOf(input, 'log-bucket'),
    desired: () => ({
      region: place.region,
      settings: {
        publicAccess: 'Blocked',
        ownership: 'BucketOwnerEnforced',
        // S3 delivers server access logs to buckets with its own keys only ("Enabling Amazon S3 server access logging").
        encryption: { algorithm: 'AES256' },
        versioning: 'Enabled',
        policy: policyOf([...tlsStatements(place, name), ...allowDelivery(place, name)]),
        lifecycle: [
          {
            ID: RULE_ID,
            Status: 'Enabled',
            Filter: { Prefix: '' },
            Expiration: { Days: spec.logBucket?.retentionDays ?? 90 },
            NoncurrentVersionExpiration: { NoncurrentDays: 1 },
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
          },
        ],
      },
    }),
  };
  return [node];
}

/** As AWS has it; undefined where there is no log bucket. */
export function logRetentionDays(seen: Observations): number | undefined {
  const rules = rulesIn(seen.state<BucketState>('log-bucket')?.settings.lifecycle);
  return rules.find(rule => rule.ID === RULE_ID)?.Expiration?.Days;
}
