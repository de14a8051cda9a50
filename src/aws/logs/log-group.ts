import {
  AssociateKmsKeyCommand,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DisassociateKmsKeyCommand,
  ListTagsForResourceCommand,
  type LogGroup,
  PutRetentionPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Adaptor, Change, Found, Identity } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import type { Place } from '../arn.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';

export interface LogGroupDesired {
  /** One of the numbers that PutRetentionPolicy takes; absent: events are kept for ever. */
  readonly retentionDays?: number;
  /** ARN. Events from before the change stay under the key that they came under. */
  readonly kmsKeyArn?: string;
}

export interface LogGroupState {
  readonly retentionDays?: number;
  readonly kmsKeyArn?: string;
  readonly holdsEvents: boolean;
}

// Amazon CloudWatch Logs API Reference, AssociateKmsKey: "It can take up to 5 minutes for this operation to take effect."
const SETTLE_MS = 5 * 60_000;
const AGAIN_MS = 10_000;

/**
 * Services that log to a group make it themselves where it is missing, without tags: EKS and VPC flow logs also after its
 * deletion, when late events come. So it is made before them and removed after them, and one that came back nonetheless
 * is nobody's.
 */
export const logGroupAdaptor: Adaptor<LogGroupDesired, LogGroupState> = {
  type: 'logs/log-group',
  createBy: 'name',
  nameScope: 'region',
  holdsData: false,
  settleMs: SETTLE_MS,
  optionalKeys: ({ retentionDays, kmsKeyArn }) => [
    ...(retentionDays === undefined ? [] : ['retentionDays']),
    ...(kmsKeyArn === undefined ? [] : ['kmsKeyArn']),
  ],
  find: (scope, identity) => find(scope as AwsScope, identity.name ?? identity.id),
  diff,
  create: (scope, identity, desired, tags) => create(scope as AwsScope, identity, desired, tags),
  update: (scope, found, desired, changes) =>
    update(scope as AwsScope, found, desired, new Set(changes.map(change => change.field))),
  async tag(scope, { id }, set, unset) {
    const aws = scope as AwsScope;
    const resourceArn = logGroupArn(aws, id);
    if (Object.keys(set).length > 0)
      await aws.logs.send(new TagResourceCommand({ resourceArn, tags: { ...set } }));
    if (unset.length > 0) await aws.logs.send(new UntagResourceCommand({ resourceArn, tagKeys: [...unset] }));
  },
  async remove(scope, { id }) {
    await orAbsent((scope as AwsScope).logs.send(new DeleteLogGroupCommand({ logGroupName: id })));
  },
  readiness: () => ({ is: 'ready' }),
};

/** As policies name it. In those of streams `:*` follows. */
export function logGroupArn(place: Place, name: string): string {
  return `arn:${place.partition}:logs:${place.region}:${place.accountId}:log-group:${name}`;
}

async function find(scope: AwsScope, name: string | undefined): Promise<readonly Found<LogGroupState>[]> {
  if (name === undefined) return [];
  const group = await groupNamed(scope, name);
  if (group === undefined) return [];
  const resourceArn = logGroupArn(scope, name);
  const answer = await orAbsent(scope.logs.send(new ListTagsForResourceCommand({ resourceArn })));
  if (answer === undefined) return [];
  const { retentionInDays: retentionDays, kmsKeyId: kmsKeyArn, storedBytes = 0 } = group;
  return [
    foundOf(scope, name, { ...answer.tags }, { retentionDays, kmsKeyArn, holdsEvents: storedBytes > 0 }),
  ];
}

/** AWS has prefixes only; the group itself is the first of those with its name. */
async function groupNamed({ logs }: AwsScope, name: string): Promise<LogGroup | undefined> {
  let nextToken: string | undefined;
  do {
    const page = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name, nextToken }));
    const group = page.logGroups?.find(one => one.logGroupName === name);
    if (group !== undefined) return group;
    nextToken = page.nextToken || undefined;
  } while (nextToken !== undefined);
  return undefined;
}

function foundOf(
  scope: AwsScope,
  name: string,
  tags: Tags,
  of: {
    readonly retentionDays?: number | undefined;
    readonly kmsKeyArn?: string | undefined;
    readonly holdsEvents: boolean;
  },
): Found<LogGroupState> {
  const { retentionDays, kmsKeyArn, holdsEvents } = of;
  return {
    id: name,
    name,
    arn: logGroupArn(scope, name),
    tags,
    state: {
      ...(retentionDays === undefined ? {} : { retentionDays }),
      ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
      holdsEvents,
    },
  };
}

function diff(
  desired: LogGroupDesired,
  state: LogGroupState,
  recorded: readonly string[],
): readonly Change[] {
  const changes: Change[] = [];
  for (const field of ['retentionDays', 'kmsKeyArn'] as const) {
    const [from, to] = [state[field], desired[field]];
    if (from === to || (to === undefined && !recorded.includes(field))) continue;
    changes.push({ field, from, to, risk: state.holdsEvents && shortens(from, to) ? 'High' : 'Low' });
  }
  return changes;
}

/** Of retentions: events go for good. */
function shortens(from: number | string | undefined, to: number | string | undefined): boolean {
  return typeof to === 'number' && (typeof from !== 'number' || to < from);
}

/** The retention follows as an update. */
async function create(
  scope: AwsScope,
  { name = '' }: Identity,
  { kmsKeyArn }: LogGroupDesired,
  tags: Tags,
): Promise<Found<LogGroupState>> {
  const command = new CreateLogGroupCommand({
    logGroupName: name,
    ...(kmsKeyArn === undefined ? {} : { kmsKeyId: kmsKeyArn }),
    tags: { ...tags },
  });
  try {
    await withKey(scope.logs.send(command));
    return foundOf(scope, name, tags, { kmsKeyArn, holdsEvents: false });
  } catch (error) {
    if (!(error instanceof CloudError) || error.code !== 'ResourceAlreadyExistsException') throw error;
    // Ours of a lost answer, or somebody else's: its tags tell.
    const [existing] = await find(scope, name);
    if (existing !== undefined) return existing;
    const message = `log group ${name} exists and CloudWatch Logs does not show it yet`;
    throw new CloudError('NotYet', message, { retryAfterMs: AGAIN_MS, cause: error });
  }
}

async function update(
  scope: AwsScope,
  found: Found<LogGroupState>,
  { retentionDays, kmsKeyArn }: LogGroupDesired,
  fields: ReadonlySet<string>,
): Promise<Found<LogGroupState>> {
  const { logs } = scope;
  const logGroupName = found.id;
  if (fields.has('kmsKeyArn')) {
    if (kmsKeyArn === undefined) await logs.send(new DisassociateKmsKeyCommand({ logGroupName }));
    else await withKey(logs.send(new AssociateKmsKeyCommand({ logGroupName, kmsKeyId: kmsKeyArn })));
  }
  if (fields.has('retentionDays')) {
    if (retentionDays === undefined) await logs.send(new DeleteRetentionPolicyCommand({ logGroupName }));
    else await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: retentionDays }));
  }
  const { state } = found;
  return foundOf(scope, logGroupName, found.tags === 'inherited' ? {} : found.tags, {
    retentionDays: fields.has('retentionDays') ? retentionDays : state.retentionDays,
    kmsKeyArn: fields.has('kmsKeyArn') ? kmsKeyArn : state.kmsKeyArn,
    holdsEvents: state.holdsEvents,
  });
}

/** A key or a policy of a moment ago is refused like one that is not allowed. */
async function withKey<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof CloudError) || !/KMS key does not exist or is not allowed/i.test(error.message))
      throw error;
    const message = `the key's policy does not let CloudWatch Logs use it yet: ${error.message}`;
    throw new CloudError('NotYet', message, { code: error.code, retryAfterMs: AGAIN_MS, cause: error });
  }
}
