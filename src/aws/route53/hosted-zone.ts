import {
  CreateHostedZoneCommand,
  type DelegationSet,
  DeleteHostedZoneCommand,
  GetHostedZoneCommand,
  type HostedZone,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  UpdateHostedZoneCommentCommand,
} from '@aws-sdk/client-route-53';
import type { Change, Found, Identity } from '../../engine/adaptor.ts';
import { type Blocker, CloudError } from '../../engine/errors.ts';
import { EPOCH_TAG, identityTags, type Tags, UID_TAG } from '../../engine/owner.ts';
import { answered } from '../answered.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import { onceVisible, orExisting } from '../existing.ts';
import { replacing } from '../replacing.ts';
import type { AwsScope } from '../scope.ts';
import { tokenOf } from '../token.ts';
import { claimTags } from '../untagged.ts';
import { domainName, isZoneId, zoneId } from './names.ts';
import { tellDelegation } from './told-delegation.ts';
import { readZoneTags, writeZoneTags } from './zone-tags.ts';

export interface HostedZoneDesired {
  /** `example.com`. */
  readonly domain: string;
  readonly comment: string;
}

export interface HostedZoneState {
  readonly domain: string;
  readonly comment: string;
  /** Of this zone; a zone made anew has others. */
  readonly nameServers: readonly string[];
  /** Some tags that say whose it is are missing: the process ended before they were written, or somebody took them off. */
  readonly untagged: boolean;
}

// Amazon Route 53 API Reference, GetChange: changes reach all name servers within 60 seconds; of its own reads it names no time.
export const ROUTE53_SETTLE_MS = 60_000;
const NAMED_AT_MOST = 20;
const NOT_EMPTY = 'HostedZoneNotEmpty';

/** A public zone. Its name may exist any number of times; the caller reference is what no other zone can have. */
export const hostedZoneAdaptor: AwsAdaptor<HostedZoneDesired, HostedZoneState> = {
  type: 'route53/hosted-zone',
  createBy: 'token',
  holdsData: true,
  // What a domain is there for goes with it: its certificate is not taken away while somebody thinks about the zone.
  livesByUsers: true,
  lossOnRemoval:
    'with the name servers that the domain may be delegated to: remove its NS records in the zone above it, or at its registrar, first, or whoever gets a zone on one of these answers for it',
  settleMs: ROUTE53_SETTLE_MS,
  find: (scope, identity, { desired }) => find(scope, identity, desired),
  diff,
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  async update(scope, found, { comment }) {
    const command = new UpdateHostedZoneCommentCommand({ Id: found.id, Comment: comment });
    await onceVisible(`hosted zone ${found.id}`, scope.route53.send(command));
    return { ...found, state: { ...found.state, comment } };
  },
  async tag(scope, found, set, unset) {
    const first = found.state.untagged && found.tags !== 'inherited' ? found.tags : {};
    const written = writeZoneTags(scope.route53, found.id, { ...first, ...set }, unset);
    await onceVisible(`hosted zone ${found.id}`, written);
  },
  async remove(scope, found, { whole }) {
    // Where the object stays somebody has agreed to the removal, and was told by `lossOnRemoval`.
    if (whole === true)
      await tellDelegation(scope, found, async () => {
        const blockers = await recordsOf(scope, found);
        return blockers.length === 0 ? undefined : notEmpty(found, blockers);
      });
    try {
      await scope.route53.send(new DeleteHostedZoneCommand({ Id: found.id }));
    } catch (error) {
      if (!(error instanceof CloudError) || error.code !== NOT_EMPTY) throw error;
      const blockers = await recordsOf(scope, found);
      throw blockers.length === 0 ? signed(found, error) : notEmpty(found, blockers, error);
    }
  },
  readiness: () => ({ is: 'ready' }),
};

async function find(
  scope: AwsScope,
  identity: Identity,
  desired: HostedZoneDesired | undefined,
): Promise<readonly Found<HostedZoneState>[]> {
  const { id } = identity;
  if (id !== undefined && isZoneId(id)) {
    const recorded = await readZone(scope, identity, id);
    return recorded === undefined ? [] : [recorded];
  }
  if (desired === undefined) return [];
  const named = await zonesNamed(scope, desired.domain);
  const found = await Promise.all(named.map(zone => readZone(scope, identity, zoneId(zone.Id ?? ''))));
  const wanted = Object.entries(identityTags(identity.owner, identity.node));
  // Others of the same name are in nobody's way.
  return found
    .filter(zone => zone !== undefined)
    .filter(({ tags }) => tags !== 'inherited' && wanted.every(([key, value]) => tags[key] === value));
}

async function readZone(
  scope: AwsScope,
  identity: Identity,
  id: string,
): Promise<Found<HostedZoneState> | undefined> {
  const [answer, given] = await Promise.all([
    orAbsent(scope.route53.send(new GetHostedZoneCommand({ Id: id }))),
    readZoneTags(scope.route53, id),
  ]);
  if (answer?.HostedZone === undefined || given === undefined) return undefined;
  const { HostedZone: zone, DelegationSet: servers } = answer;
  const claimed = claimOf(zone.CallerReference ?? '', identity, given);
  return foundOf(scope, zone, servers, claimed ?? given, claimed !== undefined);
}

/**
 * Says whose zone it is until that is tagged, since the call takes no tags. Route 53 API Reference, CreateHostedZone: 128
 * characters at most, and never taken twice.
 */
export function callerReference({ owner, node, epoch }: Identity): string {
  const maker = [String(epoch), owner.cluster, owner.uid];
  return [tokenOf(...Object.values(identityTags(owner, node)), ...maker), ...maker].join('.');
}

/**
 * The tags as they would be, where some that say whose it is are missing and its reference proves it: this object's, or an
 * earlier one's of this name, also in a cluster that is gone. One that bears another's by now has passed on.
 */
function claimOf(reference: string, identity: Identity, given: Tags): Tags | undefined {
  const [, epoch = '', cluster = '', uid = ''] = reference.split('.');
  const maker = { ...identity, epoch: Number(epoch), owner: { ...identity.owner, cluster, uid } };
  if (callerReference(maker) !== reference) return undefined;
  const claim = claimTags(maker);
  const marks = Object.entries({ ...claim, [UID_TAG]: uid });
  const isComplete = marks.every(([key]) => given[key] !== undefined);
  const isPassedOn = marks.some(([key, value]) => (given[key] ?? value) !== value);
  if (isComplete || isPassedOn) return undefined;
  // Without a uid it is taken up, and all of them are written.
  const { [UID_TAG]: _, ...rest } = given;
  if (uid === identity.owner.uid) return maker.epoch === identity.epoch ? { ...rest, ...claim } : undefined;
  return { ...rest, ...claim, [EPOCH_TAG]: epoch };
}

function foundOf(
  { partition }: AwsScope,
  zone: HostedZone,
  servers: DelegationSet | undefined,
  tags: Tags,
  untagged: boolean,
): Found<HostedZoneState> {
  const id = zoneId(zone.Id ?? '');
  return {
    id,
    arn: `arn:${partition}:route53:::hostedzone/${id}`,
    tags,
    state: {
      domain: domainName(zone.Name ?? ''),
      comment: zone.Config?.Comment ?? '',
      nameServers: (servers?.NameServers ?? []).map(domainName),
      untagged,
    },
  };
}

/** Zones are listed by name, from the one that is asked for on. */
export async function zonesNamed(scope: AwsScope, domain: string): Promise<readonly HostedZone[]> {
  const found: HostedZone[] = [];
  let from: { DNSName?: string | undefined; HostedZoneId?: string | undefined } | undefined = {
    DNSName: domain,
  };
  while (from !== undefined) {
    const command: ListHostedZonesByNameCommand = new ListHostedZonesByNameCommand(from);
    const page = await scope.route53.send(command);
    const zones = page.HostedZones ?? [];
    found.push(...zones.filter(zone => isPublic(zone) && domainName(zone.Name ?? '') === domain));
    const more = page.IsTruncated === true && domainName(page.NextDNSName ?? '') === domain;
    from = more ? { DNSName: page.NextDNSName, HostedZoneId: page.NextHostedZoneId } : undefined;
  }
  return found;
}

function isPublic({ Config }: HostedZone): boolean {
  return Config?.PrivateZone !== true;
}

function diff(desired: HostedZoneDesired, state: HostedZoneState): readonly Change[] {
  const changes = replacing(['domain'], desired, state);
  if (state.comment !== desired.comment)
    changes.push({ field: 'comment', from: state.comment, to: desired.comment, risk: 'Low' });
  return changes;
}

async function create(
  scope: AwsScope,
  identity: Identity,
  desired: HostedZoneDesired,
  tags: Tags,
): Promise<Found<HostedZoneState>> {
  const { domain, comment } = desired;
  const command = new CreateHostedZoneCommand({
    Name: domain,
    CallerReference: callerReference(identity),
    HostedZoneConfig: { Comment: comment, PrivateZone: false },
  });
  try {
    const { HostedZone, DelegationSet: servers } = await scope.route53.send(command);
    const zone = answered(HostedZone, 'Route 53 CreateHostedZone', 'a zone');
    const id = answered(zone.Id, 'Route 53 CreateHostedZone', 'an id');
    // It takes no tags in the call. What ends here is found by its caller reference.
    await onceVisible(`hosted zone ${id}`, writeZoneTags(scope.route53, zoneId(id), tags));
    return foundOf(scope, zone, servers, tags, false);
  } catch (error) {
    const again = () => find(scope, { ...identity, id: undefined }, desired);
    return orExisting(error, 'HostedZoneAlreadyExists', `the hosted zone of ${domain}`, again);
  }
}

function notEmpty(
  { id, state }: Found<HostedZoneState>,
  blockers: readonly Blocker[],
  cause?: CloudError,
): CloudError {
  const message = `hosted zone ${id} of ${state.domain} has records that somebody else made: ${blockers.map(one => one.resource).join(', ')}. Delete them, or remove the delegation and keep the zone`;
  return new CloudError('Blocked', message, { code: NOT_EMPTY, blockers, cause });
}

/**
 * Not empty without a record: AWS says so of one with key-signing keys, too, whoever set up DNSSEC, and deletes none with
 * protections of records (DeleteHostedZone). Amazon Route 53 Developer Guide, "Disabling DNSSEC signing": the DS record goes first,
 * or resolvers take the domain for forged.
 */
function signed({ id, state: { domain } }: Found<HostedZoneState>, cause: CloudError): CloudError {
  const todo = `remove the DS record of ${domain} in the zone above it, or at its registrar, and once its time to live is over disable DNSSEC signing of ${id}, then deactivate and delete its key-signing keys`;
  const message = `hosted zone ${id} of ${domain} has no records of others and is refused all the same: ${cause.message}. If it has protections of records (ListResourceRecordSetProtections), delete them. If DNSSEC was set up for it, ${todo}`;
  const blockers = [{ resource: `DNSSEC of ${domain}`, reason: todo }];
  return new CloudError('Blocked', message, { code: NOT_EMPTY, blockers, cause });
}

/** What is not of the zone itself. */
async function recordsOf(scope: AwsScope, zone: Found<HostedZoneState>): Promise<readonly Blocker[]> {
  const { domain } = zone.state;
  const HostedZoneId = zone.id;
  const { ResourceRecordSets: sets = [], IsTruncated } = await scope.route53.send(
    new ListResourceRecordSetsCommand({ HostedZoneId }),
  );
  const others = sets.filter(({ Name = '', Type }) => {
    const ofZone = Type === 'NS' || Type === 'SOA';
    return !(ofZone && domainName(Name) === domain);
  });
  const named = others.slice(0, NAMED_AT_MOST).map(recordBlocker);
  const left = others.length - named.length;
  if (left === 0 && IsTruncated !== true) return named;
  const count = IsTruncated === true ? `more than ${left}` : String(left);
  return [...named, { resource: `${count} further records`, reason: 'in the hosted zone' }];
}

function recordBlocker({ Name = '', Type, ResourceRecords }: ResourceRecordSet): Blocker {
  const heritage = ResourceRecords?.map(one => one.Value ?? '').find(value => value.includes('heritage='));
  const reason = heritage === undefined ? 'a record of the hosted zone' : `external-dns: ${heritage}`;
  return { resource: `${domainName(Name)} ${Type}`, reason };
}
