import {
  AssociateKmsKeyCommand,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  DisassociateKmsKeyCommand,
  ListTagsForResourceCommand,
  type LogGroup,
  PutRetentionPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Change, Found, Freshness, Identity, Readiness } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import { logGroupArn } from '../arn.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { ownLogGroup } from '../eks/log-group-name.ts';
import { orAbsent } from '../errors.ts';
import { onceVisible, orExisting } from '../existing.ts';
import type { AwsScope } from '../scope.ts';
import { claimTags } from '../untagged.ts';
import { LOGS_SETTLE_MS, listedGroup, noteLogGroupWrite } from './listed-groups.ts';

/**
 * EKS writes what it has left after DeleteCluster, and makes the group again by its service-linked role where it finds
 * none (terraform-aws-eks issues 920, 2446 and 2763, run-x/opta pull request 708). Nobody tells for how long: ten minutes
 * are ours.
 */
const REVIVES_MS = 10 * 60_000;

const DAY_MS = 24 * 3_600_000;

export interface LogGroupDesired {
  /** One of the numbers of days that CloudWatch Logs knows; its API Reference, PutRetentionPolicy. */
  readonly retentionDays: number;
  /** Optional: without it the service's own key. */
  readonly kmsKeyArn?: string;
  /**
   * The name, where a service of AWS makes the group itself as soon as it has something to write and finds none (EKS, RDS).
   * Such a group has no tags at all; it is then taken for ours.
   */
  readonly madeByAws?: string;
}

/** A retention policy of the account. As long as it applies, the time that a group itself has does not count. */
interface RetentionPolicy {
  readonly name: string;
  /** Undefined: for ever. */
  readonly days: number | undefined;
}

export interface LogGroupState {
  /** Undefined: for ever; with a policy of the account it is not shown. */
  readonly retentionDays: number | undefined;
  readonly policy?: RetentionPolicy;
  readonly kmsKeyArn: string | undefined;
  /** Whole days since it was made, when it was read. */
  readonly ageDays: number;
  /** Made by a service of AWS: its first tags say whose it is. */
  readonly untagged: boolean;
}

/** Removed it may come back, made by AWS for what a service still had to write. */
export const logGroupAdaptor: AwsAdaptor<LogGroupDesired, LogGroupState> = {
  type: 'logs/log-group',
  createBy: 'name',
  nameScope: 'region',
  holdsData: false,
  lossOnRemoval: 'with the log events in it',
  sharesReads: true,
  settleMs: LOGS_SETTLE_MS,
  optionalKeys: desired => (desired.kmsKeyArn === undefined ? [] : ['kmsKeyArn']),
  find: (scope, identity, { desired, freshness }) => find(scope, identity, desired, freshness),
  diff,
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  update: (scope, found, desired, changes) => update(scope, found, desired, changes),
  async tag(scope, found, set, unset) {
    const { logs } = scope;
    noteLogGroupWrite(scope, found.id);
    const resourceArn = logGroupArn(scope, found.id);
    const first = found.state.untagged && found.tags !== 'inherited' ? found.tags : {};
    const tags = { ...first, ...set };
    if (Object.keys(tags).length > 0) await logs.send(new TagResourceCommand({ resourceArn, tags }));
    if (unset.length > 0) await logs.send(new UntagResourceCommand({ resourceArn, tagKeys: [...unset] }));
  },
  async remove(scope, { id }) {
    noteLogGroupWrite(scope, id);
    try {
      await scope.logs.send(new DeleteLogGroupCommand({ logGroupName: id }));
    } catch (error) {
      if (!(error instanceof CloudError) || error.code !== 'ValidationException') throw error;
      const blocker = { resource: `log group ${id}`, reason: 'its deletion protection is on' };
      throw new CloudError('Blocked', `log group ${id} has deletion protection`, {
        code: error.code,
        blockers: [blocker],
        cause: error,
      });
    }
  },
  revivesMs(desired, name) {
    const isMadeByAws = desired === undefined ? name?.startsWith('/aws/') : desired.madeByAws !== undefined;
    return isMadeByAws === true ? REVIVES_MS : undefined;
  },
  readiness,
};

async function find(
  scope: AwsScope,
  identity: Identity,
  desired: LogGroupDesired | undefined,
  freshness: Freshness,
): Promise<readonly Found<LogGroupState>[]> {
  const { name } = identity;
  if (name === undefined) return [];
  const known = freshness === 'shared' ? await listedGroup(scope, name) : undefined;
  if (known !== undefined) return [foundOf(scope, name, known.tags, stateOf(scope, known.group, false))];
  // A list lags, and shows none without our tags.
  const [group, listed] = await Promise.all([
    groupOf(scope, name),
    orAbsent(scope.logs.send(new ListTagsForResourceCommand({ resourceArn: logGroupArn(scope, name) }))),
  ]);
  if (group === undefined || listed === undefined) return [];
  const given: Tags = { ...listed.tags };
  const untagged = Object.keys(given).length === 0;
  // Of what the spec wants no more only a name says whose it is, and that is the status's: it has to be the computed one.
  const ours = desired === undefined ? ownLogGroup(identity.owner, scope) : desired.madeByAws;
  const taken = untagged && ours === name;
  const tags = taken ? claimTags(identity) : given;
  return [foundOf(scope, name, tags, stateOf(scope, group, taken))];
}

/** Groups are listed by name: that of exactly this name comes first of those that begin with it. */
async function groupOf({ logs }: AwsScope, name: string): Promise<LogGroup | undefined> {
  const page = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name, limit: 1 }));
  return page.logGroups?.find(group => group.logGroupName === name);
}

/**
 * Amazon CloudWatch Logs API Reference, LogGroup, retentionPolicyName: where there is one, retentionInDays "shows the
 * retention period from that policy instead of the retention period set on the log group", which is not shown then.
 */
function stateOf({ clock }: AwsScope, group: LogGroup, untagged: boolean): LogGroupState {
  const { retentionInDays, retentionPolicyName, kmsKeyId: kmsKeyArn, creationTime = 0 } = group;
  const of = { kmsKeyArn, ageDays: Math.floor((clock.now() - creationTime) / DAY_MS), untagged };
  if (retentionPolicyName === undefined) return { retentionDays: retentionInDays, ...of };
  return { retentionDays: undefined, policy: { name: retentionPolicyName, days: retentionInDays }, ...of };
}

function readiness({ policy }: LogGroupState): Readiness {
  if (policy === undefined) return { is: 'ready' };
  const time = policy.days === undefined ? 'for ever' : `for ${policy.days} days`;
  const note = `keeps its events ${time}, as the account's retention policy ${policy.name} says: as long as that applies, the retention of the group itself does not count`;
  return { is: 'ready', note };
}

function foundOf(scope: AwsScope, name: string, tags: Tags, state: LogGroupState): Found<LogGroupState> {
  return { id: name, name, arn: logGroupArn(scope, name), tags, state };
}

function diff(
  { retentionDays, kmsKeyArn }: LogGroupDesired,
  state: LogGroupState,
  recorded: readonly string[],
): readonly Change[] {
  const changes: Change[] = [];
  // Under a policy the group's own time cannot be read: it is written when the policy does not apply any more.
  if (state.policy === undefined && state.retentionDays !== retentionDays) {
    const isShorter = retentionDays < (state.retentionDays ?? Number.POSITIVE_INFINITY);
    // Events that are older than the new time are deleted: a group has none that is younger than that.
    const risk = isShorter && state.ageDays >= retentionDays ? 'High' : 'Low';
    changes.push({ field: 'retentionDays', from: state.retentionDays, to: retentionDays, risk });
  }
  const neverOurs = kmsKeyArn === undefined && !recorded.includes('kmsKeyArn');
  if (!neverOurs && state.kmsKeyArn !== kmsKeyArn)
    changes.push({ field: 'kmsKeyArn', from: state.kmsKeyArn, to: kmsKeyArn, risk: 'Low' });
  return changes;
}

async function create(
  scope: AwsScope,
  identity: Identity,
  desired: LogGroupDesired,
  tags: Tags,
): Promise<Found<LogGroupState>> {
  const logGroupName = identity.name ?? '';
  const { kmsKeyArn } = desired;
  noteLogGroupWrite(scope, logGroupName);
  try {
    const command = new CreateLogGroupCommand({ logGroupName, kmsKeyId: kmsKeyArn, tags: { ...tags } });
    await keyed(kmsKeyArn, scope.logs.send(command));
  } catch (error) {
    const again = () => find(scope, identity, desired, 'fresh');
    return orExisting(error, 'ResourceAlreadyExistsException', `log group ${logGroupName}`, again);
  }
  // Retention has a call of its own: the update that follows.
  return foundOf(scope, logGroupName, tags, {
    retentionDays: undefined,
    kmsKeyArn,
    ageDays: 0,
    untagged: false,
  });
}

async function update(
  scope: AwsScope,
  found: Found<LogGroupState>,
  desired: LogGroupDesired,
  changes: readonly Change[],
): Promise<Found<LogGroupState>> {
  const { logs } = scope;
  const logGroupName = found.id;
  noteLogGroupWrite(scope, logGroupName);
  const { retentionDays, kmsKeyArn } = desired;
  const what = `log group ${logGroupName}`;
  let { state } = found;
  for (const { field } of changes) {
    if (field === 'retentionDays') {
      const command = new PutRetentionPolicyCommand({ logGroupName, retentionInDays: retentionDays });
      await onceVisible(what, logs.send(command));
      state = { ...state, retentionDays };
    }
    if (field === 'kmsKeyArn' && kmsKeyArn !== undefined) {
      const command = new AssociateKmsKeyCommand({ logGroupName, kmsKeyId: kmsKeyArn });
      await onceVisible(what, keyed(kmsKeyArn, logs.send(command)));
      state = { ...state, kmsKeyArn };
    }
    if (field === 'kmsKeyArn' && kmsKeyArn === undefined) {
      await onceVisible(what, logs.send(new DisassociateKmsKeyCommand({ logGroupName })));
      state = { ...state, kmsKeyArn };
    }
  }
  return { ...found, state };
}

/** A key that was made, or opened for the service, a moment ago is not known everywhere yet: that passes. */
async function keyed<T>(kmsKeyArn: string | undefined, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const ofKey =
      error instanceof CloudError && error.code === 'InvalidParameterException' && /KMS/i.test(error.message);
    if (!ofKey || kmsKeyArn === undefined) throw error;
    const message = `${error.message} (made or changed a moment ago it is not known to CloudWatch Logs yet; otherwise it is disabled, or its policy does not allow the service)`;
    throw new CloudError('Unknown', message, { code: error.code, retryAfterMs: 15_000, cause: error });
  }
}
