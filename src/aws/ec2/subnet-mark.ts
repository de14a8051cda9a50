import { createHash } from 'node:crypto';
import { CreateTagsCommand, DeleteTagsCommand, type Subnet, type Tag } from '@aws-sdk/client-ec2';
import type { Change, FindContext, Found, Identity } from '../../engine/adaptor.ts';
import { CLUSTER_TAG, identityTags, TAG_PREFIX, type Tags, UID_TAG } from '../../engine/owner.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import { listInExisting } from './existing-lists.ts';
import { readOne, tagsOf } from './read.ts';
import { type FormerMark, isGoodMark, MARK_VALUE, type SubnetMarkState } from './subnet-mark-state.ts';
import { SUBNET } from './types.ts';
import { EC2_SETTLE_MS, nameOf, onVisible } from './write.ts';

/** A tag by which others find a subnet of somebody else's. */
export interface SubnetMarkDesired {
  readonly vpcId: string;
  readonly subnetId: string;
  /** `kubernetes.io/role/elb`, whose value is 1. */
  readonly key: string;
}

/** One for each environment that uses the tag: of many clusters of an account, none of which sees the others' objects. */
const USED_BY = `${TAG_PREFIX}used-by/`;
const MADE = 'made';
const FOUND = 'found';

/**
 * One tag of a subnet that somebody else keeps. A second one, written in the same call, says who needs it and whether it was
 * there before: so it goes with the last of them who made it, and no other tag of the subnet is ever written.
 */
export const subnetMarkAdaptor: AwsAdaptor<SubnetMarkDesired, SubnetMarkState> = {
  type: 'ec2/subnet-mark',
  createBy: 'name',
  nameScope: 'region',
  holdsData: false,
  sharesReads: true,
  settleMs: EC2_SETTLE_MS,
  find: (scope, identity, context) => find(scope, identity, context),
  diff({ key }, state): readonly Change[] {
    const { value, isMade } = state;
    // What others wrote is theirs, whatever it says.
    const isRight = isGoodMark(state) || (value !== undefined && !isMade);
    const gone = (state.former ?? []).map(
      one => ({ field: one.key, from: MARK_VALUE, to: undefined, risk: 'Low' }) satisfies Change,
    );
    const isSaid = state.unnamed !== true;
    return isRight && isSaid ? gone : [{ field: key, from: value, to: MARK_VALUE, risk: 'Low' }, ...gone];
  },
  create: (scope, identity, desired) => create(scope, identity, desired),
  async update(scope, found, { key }, changes) {
    const { id, ours } = placeOf(found.id);
    let { state } = found;
    if (state.unnamed === true) state = await mark(scope, id, key, ours);
    else if (changes.some(change => change.field === key)) {
      // What had vanished and is written again is ours.
      await write(scope, id, { [key]: MARK_VALUE, [ours]: MADE });
      state = { ...state, value: MARK_VALUE, isMade: true };
    }
    // The new one first, so that the subnet is never without.
    const { former = [] } = found.state;
    if (former.length > 0) await erase(scope, id, former);
    const { former: _, ...after } = state;
    return { ...found, state: after };
  },
  async remove(scope, { id: recorded, state }) {
    const { id, key, ours } = placeOf(recorded);
    await erase(scope, id, [{ key, ours, goes: isOursAlone(state) }, ...(state.former ?? [])]);
  },
  readiness: () => ({ is: 'ready' }),
};

interface Place {
  readonly id: string;
  readonly key: string;
  /** The tag that says that this environment uses it. */
  readonly ours: string;
}

function placeOf(recorded: string): Place {
  const [id = '', key = '', ours = ''] = recorded.split('|');
  return { id, key, ours };
}

async function find(
  scope: AwsScope,
  identity: Identity,
  { desired, freshness }: FindContext<SubnetMarkDesired>,
): Promise<readonly Found<SubnetMarkState>[]> {
  const place =
    desired === undefined ? placeOf(identity.id ?? '') : { id: desired.subnetId, key: desired.key };
  const subnet = await read(scope, place.id, desired?.vpcId, freshness);
  // In a status anything may stand: only this object's own mark counts, and only for the tag that it was made for.
  const ours = usedBy(identity, place.key);
  const tags = subnet === undefined ? {} : tagsOf(SUBNET, subnet);
  const former = formerMarks(identity, place.key, tags);
  if (tags[ours] === undefined && former.length === 0) return [];
  const state = {
    ...stateOf(tags, place.key, ours),
    ...(tags[ours] === undefined ? { unnamed: true as const } : {}),
    ...(former.length === 0 ? {} : { former }),
  };
  return [
    {
      id: [place.id, place.key, ours].join('|'),
      ...nameOf(identity),
      tags: desired === undefined ? claimOf(identity) : 'inherited',
      state,
    },
  ];
}

/** Of the tags beside this one (`kubernetes.io/role/…`), those that this very node had before. */
function formerMarks(identity: Identity, key: string, tags: Tags): readonly FormerMark[] {
  const folder = key.slice(0, key.lastIndexOf('/') + 1);
  const used = Object.keys(tags).filter(tag => tag.startsWith(USED_BY));
  const keys = used.map(tag => `${folder}${tag.slice(USED_BY.length).split('/')[0]}`);
  return [...new Set(keys)].flatMap(one => {
    const ours = usedBy(identity, one);
    if (one === key || tags[ours] === undefined) return [];
    return [{ key: one, ours, goes: isOursAlone(stateOf(tags, one, ours)) }];
  });
}

function isOursAlone({ isMade, others, value }: SubnetMarkState): boolean {
  return isMade && others === 0 && value === MARK_VALUE;
}

/** With its value: what somebody made of it since stays. */
async function erase({ ec2 }: AwsScope, id: string, marks: readonly FormerMark[]): Promise<void> {
  const Tags = marks.flatMap(({ key, ours, goes }): Tag[] => [
    ...(goes ? [{ Key: key, Value: MARK_VALUE }] : []),
    { Key: ours },
  ]);
  await orAbsent(ec2.send(new DeleteTagsCommand({ Resources: [id], Tags })));
}

/** One list serves all subnets of the VPC, and who looks at the VPC itself. */
async function read(
  scope: AwsScope,
  id: string,
  vpcId: string | undefined,
  freshness: FindContext<unknown>['freshness'],
): Promise<Subnet | undefined> {
  if (vpcId === undefined || freshness === 'fresh') return readOne(scope, SUBNET, id, 'fresh');
  const all = await listInExisting(scope, SUBNET, vpcId, freshness);
  return all.find(one => one.SubnetId === id);
}

function stateOf(tags: Tags, key: string, ours: string): SubnetMarkState {
  const others = Object.keys(tags).filter(one => isUseOf(one, key) && one !== ours).length;
  return { value: tags[key], isMade: tags[ours] === MADE, others };
}

async function create(
  scope: AwsScope,
  identity: Identity,
  { subnetId, key }: SubnetMarkDesired,
): Promise<Found<SubnetMarkState>> {
  const ours = usedBy(identity, key);
  const state = await mark(scope, subnetId, key, ours);
  return { id: [subnetId, key, ours].join('|'), ...nameOf(identity), tags: 'inherited', state };
}

async function mark(scope: AwsScope, subnetId: string, key: string, ours: string): Promise<SubnetMarkState> {
  const subnet = await readOne(scope, SUBNET, subnetId, 'fresh');
  const tags = subnet === undefined ? {} : tagsOf(SUBNET, subnet);
  // Ours if an operator made it, this one or another environment's.
  const isMade =
    tags[key] === undefined ||
    Object.entries(tags).some(([one, value]) => isUseOf(one, key) && value === MADE);
  const use = { [ours]: isMade ? MADE : FOUND };
  const written = tags[key] === undefined ? { [key]: MARK_VALUE, ...use } : use;
  await write(scope, subnetId, written);
  return stateOf({ ...tags, ...written }, key, ours);
}

async function write({ ec2 }: AwsScope, id: string, tags: Tags): Promise<void> {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  await onVisible(ec2.send(new CreateTagsCommand({ Resources: [id], Tags })));
}

/** `opta.dev/used-by/elb/1a2b3c4d5e6f`: of this object's node alone, whatever a status says. */
function usedBy({ owner, node }: Identity, key: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([identityTags(owner, node), key]))
    .digest('hex');
  return `${prefixOf(key)}${hash.slice(0, 12)}`;
}

function isUseOf(tag: string, key: string): boolean {
  return tag.startsWith(prefixOf(key));
}

function prefixOf(key: string): string {
  return `${USED_BY}${key.slice(key.lastIndexOf('/') + 1)}/`;
}

/** The mark is this object's alone by its name. */
function claimOf({ owner, node }: Identity): Tags {
  return { ...identityTags(owner, node), [CLUSTER_TAG]: owner.cluster, [UID_TAG]: owner.uid };
}
