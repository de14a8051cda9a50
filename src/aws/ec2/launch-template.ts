import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateCommand,
  DeleteLaunchTemplateVersionsCommand,
  DescribeLaunchTemplateVersionsCommand,
  type LaunchTemplate,
  type LaunchTemplateVersion,
  ModifyLaunchTemplateCommand,
  type RequestLaunchTemplateData,
  type ResponseLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import type { Change, FindContext, Found, Freshness, Identity } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import { clientToken, tokenOf } from '../token.ts';
import { findOwn } from './find.ts';
import { listWhere, tagsOf } from './read.ts';
import { holds } from './subset.ts';
import { LAUNCH_TEMPLATE } from './types.ts';
import { EC2_SETTLE_MS, ec2Arn, idOf, onVisible, tagResource, tagSpecification } from './write.ts';

export interface LaunchTemplateDesired {
  /**
   * What is named is compared, and what gives instances more than that must not be there. Another value makes another
   * version the default one.
   */
  readonly data: RequestLaunchTemplateData;
  /** What of it instances cannot do without: a version that has it serves those that run. Left out: all of it. */
  readonly needed?: RequestLaunchTemplateData;
  /** The version that instances have, which stays; left out: that is not known, and all stay. */
  readonly inUse?: number;
}

export interface LaunchTemplateState {
  readonly defaultVersion: number;
  /** Of the default version. */
  readonly data: ResponseLaunchTemplateData;
  /** The versions that instances may have, be they the default one or not; undefined where that is not known. */
  readonly fitting?: readonly number[];
}

/**
 * What somebody may have put beside what is named, in a version of their own: other machines, ways in, rights and code to
 * run ("Customize managed nodes with launch templates" in the Amazon EKS User Guide). AWS adds none of them by itself.
 */
const TAKEN_AWAY = [
  'IamInstanceProfile',
  'ImageId',
  'InstanceType',
  'KeyName',
  'NetworkInterfaces',
  'SecurityGroupIds',
  'SecurityGroups',
  'UserData',
] as const satisfies readonly (keyof ResponseLaunchTemplateData)[];

/** The default one and the one in use, and the newest of the others. */
const VERSIONS_KEPT = 10;

/** `identity.name` is the template's name, which exists once in an account and region. */
export const launchTemplateAdaptor: AwsAdaptor<LaunchTemplateDesired, LaunchTemplateState> = {
  type: 'ec2/launch-template',
  createBy: 'name',
  nameScope: 'region',
  holdsData: false,
  sharesReads: true,
  settleMs: EC2_SETTLE_MS,
  find: (scope, identity, context) => find(scope, identity, context),
  diff: (desired, state) => differences(desired.data, state.data),
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  update: (scope, found, desired) => update(scope, found, desired),
  tag: tagResource,
  async remove(scope, { id }) {
    await scope.ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: id }));
  },
  readiness: () => ({ is: 'ready' }),
};

function differences(
  wanted: RequestLaunchTemplateData,
  shown: ResponseLaunchTemplateData,
): readonly Change[] {
  const changes: Change[] = [];
  for (const [field, to] of Object.entries(wanted)) {
    const from = shown[field as keyof ResponseLaunchTemplateData];
    if (to !== undefined && !holds(from, to)) changes.push({ field, from, to, risk: 'Low' });
  }
  for (const field of TAKEN_AWAY) {
    const from = shown[field];
    const isThere = Array.isArray(from) ? from.length > 0 : from !== undefined;
    if (isThere && wanted[field] === undefined) changes.push({ field, from, to: undefined, risk: 'Low' });
  }
  return changes;
}

async function find(
  scope: AwsScope,
  identity: Identity,
  context: Sought,
): Promise<readonly Found<LaunchTemplateState>[]> {
  const items = await findOwn(scope, LAUNCH_TEMPLATE, identity, context, nameFilter(identity));
  const found = await Promise.all(items.map(item => foundOf(scope, item, context)));
  return found.filter(one => one !== undefined);
}

type Sought = Pick<FindContext<LaunchTemplateDesired>, 'desired' | 'freshness'>;

function nameFilter({ name }: Identity) {
  return [{ Name: 'launch-template-name', Values: [name ?? ''] }];
}

async function foundOf(
  scope: AwsScope,
  item: LaunchTemplate,
  { desired, freshness }: Sought,
): Promise<Found<LaunchTemplateState> | undefined> {
  const id = item.LaunchTemplateId ?? '';
  const versions = await shownVersionsOf(scope, item, freshness);
  const version = versions.find(one => one.DefaultVersion === true);
  if (version === undefined) return undefined;
  return {
    id,
    arn: ec2Arn(scope, 'launch-template', id),
    ...(item.LaunchTemplateName === undefined ? {} : { name: item.LaunchTemplateName }),
    tags: tagsOf(LAUNCH_TEMPLATE, item),
    state: {
      defaultVersion: version.VersionNumber ?? 0,
      data: version.LaunchTemplateData ?? {},
      ...(desired === undefined ? {} : { fitting: numbersOf(fittingOf(versions, desired)) }),
    },
  };
}

/** All of the template. Where there was never but one, it is in one read that shows the default ones of the region. */
async function shownVersionsOf(
  scope: AwsScope,
  { LaunchTemplateId, LatestVersionNumber }: LaunchTemplate,
  freshness: Freshness,
): Promise<readonly LaunchTemplateVersion[]> {
  if (freshness === 'shared' && LatestVersionNumber === 1) {
    const read = () => versionsOf(scope, { Versions: ['$Default'] });
    const all = await scope.listings.get('ec2/launch-template-defaults', 'shared', read);
    const only = all.filter(one => one.LaunchTemplateId === LaunchTemplateId && one.VersionNumber === 1);
    if (only.length > 0) return only;
  }
  return (await orAbsent(versionsOf(scope, { LaunchTemplateId }))) ?? [];
}

function fittingOf(
  versions: readonly LaunchTemplateVersion[],
  { data, needed = data }: LaunchTemplateDesired,
): readonly LaunchTemplateVersion[] {
  return versionsWith(versions, needed);
}

function versionsWith(
  versions: readonly LaunchTemplateVersion[],
  data: RequestLaunchTemplateData,
): readonly LaunchTemplateVersion[] {
  return versions.filter(one => differences(data, one.LaunchTemplateData ?? {}).length === 0);
}

function numbersOf(versions: readonly LaunchTemplateVersion[]): readonly number[] {
  return versions.map(one => one.VersionNumber ?? 0);
}

async function versionsOf(
  { ec2 }: AwsScope,
  of: { LaunchTemplateId?: string | undefined; Versions?: string[] },
): Promise<readonly LaunchTemplateVersion[]> {
  const found: LaunchTemplateVersion[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ec2.send(
      new DescribeLaunchTemplateVersionsCommand({ ...of, NextToken, MaxResults: 200 }),
    );
    found.push(...(page.LaunchTemplateVersions ?? []));
    NextToken = page.NextToken || undefined;
  } while (NextToken !== undefined);
  return found;
}

async function create(
  scope: AwsScope,
  identity: Identity,
  desired: LaunchTemplateDesired,
  tags: Tags,
): Promise<Found<LaunchTemplateState>> {
  const { data } = desired;
  const LaunchTemplateName = identity.name ?? '';
  try {
    const { LaunchTemplate: made } = await scope.ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName,
        LaunchTemplateData: data,
        ClientToken: clientToken(identity, JSON.stringify(data)),
        TagSpecifications: tagSpecification('launch-template', tags),
      }),
    );
    const id = idOf(made?.LaunchTemplateId, 'CreateLaunchTemplate');
    const state = { defaultVersion: 1, data: data as ResponseLaunchTemplateData, fitting: [1] };
    return { id, arn: ec2Arn(scope, 'launch-template', id), name: LaunchTemplateName, tags, state };
  } catch (error) {
    const taken = 'InvalidLaunchTemplateName.AlreadyExistsException';
    if (!(error instanceof CloudError) || error.code !== taken) throw error;
    // Ours of a lost answer, or somebody else's: its tags tell.
    const [item] = await listWhere(scope, LAUNCH_TEMPLATE, nameFilter(identity));
    const existing =
      item === undefined ? undefined : await foundOf(scope, item, { desired, freshness: 'fresh' });
    if (existing !== undefined) return existing;
    const message = `a launch template ${LaunchTemplateName} exists and EC2 does not show it yet`;
    throw new CloudError('NotYet', message, { cause: error });
  }
}

async function update(
  scope: AwsScope,
  found: Found<LaunchTemplateState>,
  desired: LaunchTemplateDesired,
): Promise<Found<LaunchTemplateState>> {
  const { data, inUse } = desired;
  const LaunchTemplateId = found.id;
  const versions = newestFirst(await onVisible(versionsOf(scope, { LaunchTemplateId })));
  const [same] = versionsWith(versions, data);
  // A version of another number is another one to EKS, whatever it says.
  const version = same ?? (await makeVersion(scope, found, data));
  const defaultVersion = version?.VersionNumber ?? 0;
  await onVisible(
    scope.ec2.send(
      new ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion: String(defaultVersion) }),
    ),
  );
  if (inUse !== undefined) await prune(scope, LaunchTemplateId, versions, new Set([defaultVersion, inUse]));
  const shown = same?.LaunchTemplateData ?? (data as ResponseLaunchTemplateData);
  const fitting = new Set([defaultVersion, ...numbersOf(fittingOf(versions, desired))]);
  return { ...found, state: { defaultVersion, data: shown, fitting: [...fitting] } };
}

function newestFirst(versions: readonly LaunchTemplateVersion[]): readonly LaunchTemplateVersion[] {
  return versions.toSorted((a, b) => (b.VersionNumber ?? 0) - (a.VersionNumber ?? 0));
}

async function makeVersion(
  { ec2 }: AwsScope,
  found: Found<LaunchTemplateState>,
  data: RequestLaunchTemplateData,
): Promise<LaunchTemplateVersion | undefined> {
  const { LaunchTemplateVersion: made } = await onVisible(
    ec2.send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId: found.id,
        LaunchTemplateData: data,
        ClientToken: versionToken(found, data),
      }),
    ),
  );
  return made;
}

/** The same until the version is the default one, so that a repeated change makes none again. */
function versionToken({ id, state }: Found<LaunchTemplateState>, data: RequestLaunchTemplateData): string {
  return tokenOf(id, String(state.defaultVersion), JSON.stringify(data));
}

/** `versions`: those of before, the newest first. */
async function prune(
  scope: AwsScope,
  LaunchTemplateId: string,
  versions: readonly LaunchTemplateVersion[],
  kept: ReadonlySet<number>,
): Promise<void> {
  const numbers = numbersOf(versions).filter(number => !kept.has(number));
  // Amazon EC2 API Reference, DeleteLaunchTemplateVersions: at most 200 a call; the rest goes with the next change.
  const from = VERSIONS_KEPT - kept.size;
  const Versions = numbers.slice(from, from + 200).map(String);
  if (Versions.length === 0) return;
  await orAbsent(scope.ec2.send(new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions })));
}
