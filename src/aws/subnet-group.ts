import type { Change, Found, Freshness, Identity } from '../engine/adaptor.ts';
import { CloudError } from '../engine/errors.ts';
import { identityTags, type Tags } from '../engine/owner.ts';
import type { AwsAdaptor } from './aws-adaptor.ts';
import { orExisting } from './existing.ts';
import { replacing } from './replacing.ts';
import type { AwsScope } from './scope.ts';

export interface SubnetGroupDesired {
  /** Cannot be changed: all subnets are of it. */
  readonly vpcId: string;
  readonly description: string;
  readonly subnetIds: readonly string[];
}

export interface SubnetGroupState {
  readonly vpcId: string;
  readonly description: string;
  readonly subnetIds: readonly string[];
}

export interface SubnetGroup {
  readonly name: string;
  readonly arn: string;
  readonly state: SubnetGroupState;
}

/** The calls of a service about its subnet groups. */
export interface SubnetGroupApi {
  readonly type: string;
  /** As the tagging API names it (Resource Groups Tagging API Reference, "Services that support …"). */
  readonly taggedType: string;
  /** What a create says of a name that is taken. */
  readonly existsCode: string;
  /** What a removal says of a group that is used. */
  readonly inUseCode: string;
  /** Without a name: all of the account and region. */
  list(scope: AwsScope, name: string | undefined): Promise<readonly SubnetGroup[]>;
  /** Undefined: no such group. */
  readTags(scope: AwsScope, arn: string): Promise<Tags | undefined>;
  create(scope: AwsScope, name: string, desired: SubnetGroupDesired, tags: Tags): Promise<SubnetGroup>;
  modify(scope: AwsScope, name: string, desired: SubnetGroupDesired): Promise<void>;
  remove(scope: AwsScope, name: string): Promise<void>;
  tag(scope: AwsScope, arn: string, set: Tags, unset: readonly string[]): Promise<void>;
}

// Neither service's API Reference names a time after which its reads show a change.
const SETTLE_MS = 60_000;

/** The subnets that a service puts its stores into. */
export function subnetGroupAdaptor(api: SubnetGroupApi): AwsAdaptor<SubnetGroupDesired, SubnetGroupState> {
  async function find(
    scope: AwsScope,
    identity: Identity,
    freshness: Freshness,
  ): Promise<readonly Found<SubnetGroupState>[]> {
    const { name: own, owner } = identity;
    const everybodys = () => scope.listings.get(api.type, freshness, () => api.list(scope, undefined));
    const isShared = own !== undefined && freshness === 'shared';
    const listed = isShared ? await everybodys() : await api.list(scope, own);
    // So all names of an installation begin. The operator has no right to read the tags of others: one group of theirs would be
    // its end.
    const groups = listed.filter(({ name }) =>
      own === undefined ? name.startsWith(`${owner.installation}-`) : name === own,
    );
    const ours =
      isShared && groups.length > 0 ? await scope.tagged.list(api.taggedType, 'shared') : undefined;
    const found = await Promise.all(
      groups.map(async ({ name, arn, state }) => {
        const tags = ours?.get(arn) ?? (await api.readTags(scope, arn));
        return tags === undefined ? undefined : { id: name, name, arn, tags, state };
      }),
    );
    const there = found.filter(one => one !== undefined);
    return identity.name === undefined ? there.filter(({ tags }) => isOf(identity, tags)) : there;
  }

  return {
    type: api.type,
    createBy: 'name',
    nameScope: 'region',
    holdsData: false,
    settleMs: SETTLE_MS,
    sharesReads: true,
    find: (scope, identity, { freshness }) => find(scope, identity, freshness),
    diff,
    async create(scope, identity, desired, tags) {
      const { name = '' } = identity;
      try {
        const { arn } = await api.create(scope, name, desired, tags);
        return { id: name, name, arn, tags, state: stateOf(desired) };
      } catch (error) {
        return orExisting(error, api.existsCode, `subnet group ${name}`, () =>
          find(scope, identity, 'fresh'),
        );
      }
    },
    async update(scope, found, desired) {
      await api.modify(scope, found.id, desired);
      return { ...found, state: stateOf(desired) };
    },
    tag: (scope, found, set, unset) => api.tag(scope, found.arn ?? '', set, unset),
    async remove(scope, { id }) {
      try {
        await api.remove(scope, id);
      } catch (error) {
        if (!(error instanceof CloudError) || error.code !== api.inUseCode) throw error;
        const blocker = { resource: `subnet group ${id}`, reason: error.message };
        throw new CloudError('Blocked', `subnet group ${id} is used by a store: ${error.message}`, {
          code: error.code,
          blockers: [blocker],
          cause: error,
        });
      }
    },
    readiness: () => ({ is: 'ready' }),
  };
}

function isOf({ owner, node }: Identity, tags: Tags): boolean {
  return Object.entries(identityTags(owner, node)).every(([key, value]) => tags[key] === value);
}

function stateOf({ vpcId, description, subnetIds }: SubnetGroupDesired): SubnetGroupState {
  return { vpcId, description, subnetIds: [...subnetIds].sort() };
}

function diff(desired: SubnetGroupDesired, state: SubnetGroupState): readonly Change[] {
  const { description, subnetIds } = stateOf(desired);
  const changes = replacing(['vpcId'], desired, state);
  if (state.subnetIds.join() !== subnetIds.join())
    changes.push({ field: 'subnetIds', from: state.subnetIds, to: subnetIds, risk: 'Low' });
  if (state.description !== description)
    changes.push({ field: 'description', from: state.description, to: description, risk: 'Low' });
  return changes;
}
