import {
  DeleteBucketReplicationCommand,
  GetBucketReplicationCommand,
  GetObjectLockConfigurationCommand,
  PutBucketReplicationCommand,
  type ReplicationRule,
} from '@aws-sdk/client-s3';
import type { Found } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import { tagsOfParent } from '../../engine/owner.ts';
import { bucketArn } from '../arn.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import { iamPath } from '../iam/path.ts';
import type { AwsScope } from '../scope.ts';
import { onceSeen, type Unseen } from '../unseen.ts';
import type { Target } from './parts.ts';
import { plain, sameReplication } from './same.ts';
import { readBucketTags } from './tags.ts';

export interface ReplicationDesired {
  readonly roleArn: string;
  readonly rules: readonly ReplicationRule[];
}

export interface ReplicationState {
  readonly roleArn: string | undefined;
  readonly rules: unknown;
  /** The bucket that is copied from has Object Lock. */
  readonly isLocked: boolean;
}

/**
 * What S3 copies from a bucket, and as whom. A resource of its own beside the bucket, because S3 takes it only when the
 * other bucket is there and has versioning, and the bucket must not wait for that. Named by its bucket, owned with it.
 */
export const replicationAdaptor: AwsAdaptor<ReplicationDesired, ReplicationState> = {
  type: 's3/replication',
  createBy: 'name',
  nameScope: 'global',
  holdsData: false,
  // Amazon S3 User Guide, "Amazon S3 data consistency model": bucket configurations are eventually consistent.
  settleMs: 60_000,
  async find(scope, identity, { desired }) {
    if (identity.name === undefined) return [];
    const target = targetOf(scope, identity.name);
    const answer = await orAbsent(scope.s3.send(new GetBucketReplicationCommand(target)));
    const configuration = answer?.ReplicationConfiguration;
    if (configuration === undefined) return [];
    if (!isOurs(scope, configuration.Role)) {
      if (identity.id === undefined)
        throw notOurs(identity.name, configuration.Role, configuration.Rules ?? []);
      // Put in the place of ours by hand: nothing to remove. Where it is wanted it is written back.
      if (desired === undefined) return [];
    }
    // The name is that of a status, which proves nothing: the bucket's tags do.
    const [tags = {}, isLocked] = await Promise.all([
      readBucketTags(scope, target),
      desired === undefined ? false : hasObjectLock(scope, target),
    ]);
    const state = { roleArn: configuration.Role, rules: plain(configuration.Rules ?? []), isLocked };
    return [{ ...foundOf(scope, identity.name, state), tags: tagsOfParent(tags, identity.node) }];
  },
  optionalKeys: ({ rules }) => (hasMetrics(rules) ? [METRICS] : []),
  diff(desired, { roleArn, rules: found }, recorded) {
    const [rules, to] = [plain(withMetricsOf([], found)), plain(withMetricsOf([], desired.rules))];
    const [has, wants] = [hasMetrics(found), hasMetrics(desired.rules)];
    return [
      ...(roleArn === desired.roleArn
        ? []
        : [{ field: 'role', from: roleArn, to: desired.roleArn, risk: 'Low' as const }]),
      ...(sameReplication(rules, to)
        ? []
        : [{ field: 'rules', from: inWords(rules), to: inWords(to), risk: 'Low' as const }]),
      ...(has === wants || !(wants || recorded.includes(METRICS))
        ? []
        : [{ field: METRICS, from: has, to: wants, risk: 'Low' as const }]),
    ];
  },
  async create(scope, identity, desired) {
    const bucket = identity.name ?? '';
    if (await hasObjectLock(scope, targetOf(scope, bucket))) {
      throw new CloudError('Blocked', `S3 would copy nothing from bucket ${bucket}: ${LOCKED}`, {
        blockers: [{ resource: `Object Lock of bucket ${bucket}`, reason: LOCKED }],
      });
    }
    return put(scope, bucket, desired, false);
  },
  update(scope, found, desired, changes) {
    const isChanged = changes.some(one => one.field === METRICS);
    const rules = isChanged ? desired.rules : withMetricsOf(found.state.rules, desired.rules);
    return put(scope, found.id, { ...desired, rules }, found.state.isLocked);
  },
  async remove(scope, found) {
    await orAbsent(scope.s3.send(new DeleteBucketReplicationCommand(targetOf(scope, found.id))));
  },
  readiness: ({ isLocked }) =>
    isLocked ? { is: 'failed', message: `S3 copies nothing from the bucket: ${LOCKED}` } : { is: 'ready' },
};

/** Of the replication, which CloudWatch charges for: others may switch them on, and a spec that asks for none leaves them. */
const METRICS = 'metrics';

function hasMetrics(rules: unknown): boolean {
  return rulesIn(rules).some(one => one.Destination?.Metrics?.Status === 'Enabled');
}

/** The rules with the metrics that those of the same name have in `found`. */
function withMetricsOf(found: unknown, rules: unknown): readonly ReplicationRule[] {
  return rulesIn(rules).map(rule => {
    const { Metrics: _, ...destination } = rule.Destination ?? { Bucket: undefined };
    const isOn = hasMetrics(rulesIn(found).filter(one => one.ID === rule.ID));
    return { ...rule, Destination: { ...destination, ...(isOn ? { Metrics: { Status: 'Enabled' } } : {}) } };
  });
}

function rulesIn(rules: unknown): readonly ReplicationRule[] {
  return Array.isArray(rules) ? rules : [];
}

/** Amazon S3 User Guide, "Amazon S3 replication failure reasons": DstBucketObjectLockConfigMissing. The rule itself is taken. */
const LOCKED =
  'it has Object Lock, and a replica has none, which S3 asks for then. Object Lock cannot be taken off a bucket: leave out ' +
  'spec.replica';

/** False where it may not be read: what copies is not out of order for want of that right. */
async function hasObjectLock({ s3 }: AwsScope, target: Target): Promise<boolean> {
  try {
    const answer = await orAbsent(s3.send(new GetObjectLockConfigurationCommand(target)));
    return answer?.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled';
  } catch (error) {
    if (!(error instanceof CloudError) || error.class !== 'Denied') throw error;
    return false;
  }
}

/** The JSON of two rules is too long for a message, and cut before where they differ. */
function inWords(rules: unknown): string {
  return rulesIn(rules)
    .map(({ ID, Status, Filter, Prefix, DeleteMarkerReplication, Destination, ...rest }) => {
      const of = JSON.stringify({ ...Filter, Prefix: Filter?.Prefix ?? Prefix ?? '' });
      const markers = DeleteMarkerReplication?.Status === 'Enabled' ? 'with' : 'without';
      const more = JSON.stringify(plain({ ...rest, ...Destination, Bucket: undefined }));
      return `${ID} ${Status}: ${of} to ${Destination?.Bucket} ${markers} delete markers, ${more}`;
    })
    .join('; ');
}

/** The rules have no tags; the role that S3 copies as is this installation's, or it is not. */
function isOurs({ installation }: AwsScope, role: string | undefined): boolean {
  return role?.includes(`:role${iamPath(installation)}`) === true;
}

/** A bucket has one configuration with one role: writing ours would silently end somebody's copies. */
function notOurs(bucket: string, role: string | undefined, rules: readonly ReplicationRule[]): CloudError {
  const to = rules.map(rule => rule.Destination?.Bucket ?? rule.ID ?? '').join(', ');
  return new CloudError(
    'Conflict',
    `bucket ${bucket} is replicated already, to ${to} as ${role}: remove that replication in AWS, or leave out spec.replica`,
  );
}

async function put(
  scope: AwsScope,
  bucket: string,
  { roleArn, rules }: ReplicationDesired,
  isLocked: boolean,
): Promise<Found<ReplicationState>> {
  const target = targetOf(scope, bucket);
  const ReplicationConfiguration = { Role: roleArn, Rules: [...rules] };
  const what = `replication of ${bucket}: ${JSON.stringify(plain(ReplicationConfiguration))}`;
  const command = new PutBucketReplicationCommand({ ...target, ReplicationConfiguration });
  await onceSeen(scope, what, scope.s3.send(command), UNSEEN);
  return foundOf(scope, bucket, { roleArn, rules: plain(rules), isLocked });
}

/**
 * All that the configuration names stands before it: what S3 says is missing, it does not see yet. Its words (there are no
 * codes for it): "Destination bucket must exist", "… must have versioning enabled", "Versioning must be 'Enabled' on the
 * bucket to apply a replication configuration", and that of a role that cannot be assumed.
 */
const UNSEEN: Unseen = {
  is: error =>
    error.class === 'NotFound' ||
    (error.class === 'Invalid' && /must exist|versioning|\brole\b/i.test(error.message)),
  hint: 'S3 does not see yet all that the replication needs',
  missing: 'one of the two buckets, their versioning or the role of the replication is missing',
  retryAfterMs: 10_000,
  // Both waits for a bucket's configuration and for a role end by then: `settleMs`, and the policy of a bucket in `parts.ts`.
  patienceMs: 120_000,
};

function foundOf(scope: AwsScope, bucket: string, state: ReplicationState): Found<ReplicationState> {
  return { id: bucket, arn: bucketArn(scope, bucket), name: bucket, tags: 'inherited', state };
}

function targetOf(scope: AwsScope, bucket: string): Target {
  return { Bucket: bucket, ExpectedBucketOwner: scope.accountId };
}
