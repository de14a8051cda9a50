import { randomUUID } from 'node:crypto';
import {
  type Addon,
  CreateAddonCommand,
  DeleteAddonCommand,
  DescribeAddonCommand,
  DescribeUpdateCommand,
  UpdateAddonCommand,
} from '@aws-sdk/client-eks';
import type { Change, Found, Identity, Readiness } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import { answered } from '../answered.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import type { AwsScope } from '../scope.ts';
import { clientToken } from '../token.ts';
import type { AddonOffer } from './catalog.ts';
import { type ChildName, childName, splitChildName } from './child-name.ts';
import { issuesText, orExisting, orGone, whenVisible } from './eks-errors.ts';
import { tagByArn } from './tags.ts';
import { type Asked, type FailedUpdate, openFailure } from './update-watch.ts';
import { nextVersion } from './versions.ts';

/** Its AWS rights come from a Pod Identity association of its service account, a node of its own. */
export interface AddonDesired {
  readonly clusterName: string;
  /** Left out: the default for the cluster's version at creation, and left alone afterwards. */
  readonly version?: string;
  /** By the add-on's schema (DescribeAddonConfiguration). */
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** A version that the spec names, where this cluster is on its way to that version of Kubernetes: looked for up to there. */
  readonly pin?: { readonly version: string; readonly upTo: string };
  /** Asks what versions go with this version of Kubernetes, for the graph to choose from. */
  readonly kubernetesVersion?: string;
  /** There are nodes that are well and stay: what failed for want of them can be installed now. */
  readonly hasNodes?: boolean;
}

export interface AddonState {
  readonly status: string;
  readonly version: string;
  /** As AWS has it: JSON, or YAML where somebody else wrote it. */
  readonly configuration: string;
  readonly issues: string;
  /** True where nothing is wrong but that there are no nodes to run on. */
  readonly awaitsNodes: boolean;
  /** For `kubernetesVersion`, where that was asked. */
  readonly offer?: AddonOffer;
  /** Minors that EKS lists its version for, where that is not in `offer`; none: EKS lists it no more, or is not known to yet. */
  readonly goesWith?: readonly string[];
  /** The next minor on the way that has the pinned version, where the present one has not; empty: none has. */
  readonly pinnedFor?: string;
  /** Of a short while ago, the last one first. */
  readonly failedUpdates?: readonly FailedUpdate[];
}

const SETTLE_MS = 60_000;
const LOOK_AGAIN_MS = 15_000;

/** Named `cluster/addon`. */
export const addonAdaptor: AwsAdaptor<AddonDesired, AddonState> = {
  type: 'eks/addon',
  createBy: 'token',
  nameScope: 'region',
  holdsData: false,
  settleMs: SETTLE_MS,
  optionalKeys: desired => (desired.configuration === undefined ? [] : ['configuration']),
  find: (scope, identity, { desired }) => find(scope, identity, desired),
  diff,
  create: (scope, identity, desired, tags) => create(scope, identity, desired, tags),
  update: (scope, found, desired, changes) => update(scope, found, desired, changes),
  tag: tagByArn,
  async remove(scope, found) {
    if (found.state.status === 'DELETING') return;
    const { clusterName, child: addonName } = nameOf(found.id);
    // Its workload goes too: what stays would be nobody's.
    await orGone(scope.eks.send(new DeleteAddonCommand({ clusterName, addonName })));
  },
  readiness,
};

function nameOf(id: string | undefined): ChildName {
  const name = splitChildName(id);
  if (name === undefined) throw new CloudError('Invalid', `${id} does not name an add-on`);
  return name;
}

function watchedAs(name: string): string {
  return `addon ${name}`;
}

async function find(
  scope: AwsScope,
  identity: Identity,
  desired: AddonDesired | undefined,
): Promise<readonly Found<AddonState>[]> {
  const { eks, eksUpdates, eksCatalog } = scope;
  const name = splitChildName(identity.name ?? identity.id);
  if (name === undefined) return [];
  const { clusterName, child: addonName } = name;
  // One a call: Amazon EKS API Reference, ListAddons, answers names alone.
  const answer = await orGone(eks.send(new DescribeAddonCommand({ clusterName, addonName })));
  if (answer?.addon === undefined) return [];
  const found = foundOf(name, answer.addon);
  if (['CREATING', 'UPDATING', 'DELETING'].includes(found.state.status)) return [found];
  const [offer, failedUpdates] = await Promise.all([
    desired?.kubernetesVersion === undefined
      ? undefined
      : offered(eksCatalog, found, addonName, desired.kubernetesVersion, desired.pin),
    eksUpdates.failures(watchedAs(found.id), async updateId => {
      const command = new DescribeUpdateCommand({ name: clusterName, addonName, updateId });
      return (await orGone(eks.send(command)))?.update;
    }),
  ]);
  return [{ ...found, state: { ...found.state, ...offer, failedUpdates } }];
}

async function offered(
  catalog: AwsScope['eksCatalog'],
  { state: { version } }: Found<AddonState>,
  name: string,
  kubernetesVersion: string,
  pin: AddonDesired['pin'],
): Promise<Pick<AddonState, 'offer' | 'goesWith' | 'pinnedFor'>> {
  const offer = await catalog.addon(kubernetesVersion, name);
  const known = offer.versions.includes(version)
    ? { offer }
    : fitting(offer, version, kubernetesVersion, await catalog.goesWith(name, version));
  if (pin === undefined || offer.versions.includes(pin.version)) return known;
  let minor = kubernetesVersion;
  for (;;) {
    const next = nextVersion(minor, pin.upTo);
    if (next === minor) return { ...known, pinnedFor: '' };
    minor = next;
    if ((await catalog.addon(minor, name)).versions.includes(pin.version))
      return { ...known, pinnedFor: minor };
  }
}

/** The two answers are kept from different times: a new version may be in the one and not in the other. */
function fitting(
  offer: AddonOffer,
  version: string,
  kubernetesVersion: string,
  goesWith: readonly string[],
): Pick<AddonState, 'offer' | 'goesWith'> {
  if (!goesWith.includes(kubernetesVersion)) return { offer, goesWith };
  return { offer: { ...offer, versions: [version, ...offer.versions] } };
}

function foundOf({ clusterName, child }: ChildName, addon: Addon): Found<AddonState> {
  const name = childName(clusterName, child);
  const issues = addon.health?.issues ?? [];
  return {
    id: name,
    name,
    ...(addon.addonArn === undefined ? {} : { arn: addon.addonArn }),
    tags: { ...addon.tags },
    state: {
      status: addon.status ?? 'UNKNOWN',
      version: addon.addonVersion ?? '',
      configuration: addon.configurationValues ?? '',
      issues: issuesText(issues),
      awaitsNodes: issues.length > 0 && issues.every(one => one.code === 'InsufficientNumberOfReplicas'),
    },
  };
}

function diff(desired: AddonDesired, state: AddonState, recorded: readonly string[]): readonly Change[] {
  const changes: Change[] = [];
  // Its pods are restarted.
  if (desired.version !== undefined && state.version !== desired.version)
    changes.push({ field: 'version', from: state.version, to: desired.version, risk: 'High' });
  // EKS does not try it again: "only deleting and re-creating the add-on will resolve" it (aws/containers-roadmap issue 1411).
  if (state.status === 'CREATE_FAILED' && state.awaitsNodes && desired.hasNodes === true)
    changes.push({
      field: 'status',
      from: state.status,
      to: 'ACTIVE',
      risk: 'High',
      replace: true,
      retry: true,
    });
  const wanted = desired.configuration ?? (recorded.includes('configuration') ? {} : undefined);
  if (wanted !== undefined && !sameConfiguration(state.configuration, wanted))
    changes.push({
      field: 'configuration',
      from: state.configuration || undefined,
      to: desired.configuration,
      risk: 'Low',
    });
  // Nothing else ends that: EKS does not try again, and it may show what was asked for all the same.
  const isOver = state.status === 'UPDATE_FAILED' && (!state.awaitsNodes || desired.hasNodes === true);
  if (isOver && changes.length === 0)
    changes.push({ field: 'status', from: state.status, to: 'ACTIVE', risk: 'High', retry: true });
  return changes;
}

/** By meaning; no configuration and an empty one are the same. */
function sameConfiguration(text: string, wanted: Readonly<Record<string, unknown>>): boolean {
  if (text.trim() === '') return Object.keys(wanted).length === 0;
  try {
    return ordered(JSON.parse(text)) === ordered(wanted);
  } catch {
    return false;
  }
}

function ordered(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

async function create(
  scope: AwsScope,
  identity: Identity,
  desired: AddonDesired,
  tags: Tags,
): Promise<Found<AddonState>> {
  const name = nameOf(identity.name);
  const command = new CreateAddonCommand({
    clusterName: name.clusterName,
    addonName: name.child,
    clientRequestToken: clientToken(identity),
    tags: { ...tags },
    // A copy that came with the cluster, where there is one, becomes this add-on.
    resolveConflicts: 'OVERWRITE',
    ...(desired.version === undefined ? {} : { addonVersion: desired.version }),
    ...(desired.configuration === undefined
      ? {}
      : { configurationValues: JSON.stringify(desired.configuration) }),
  });
  try {
    const { addon } = await whenVisible(scope, `add-on ${identity.name}`, scope.eks.send(command));
    const made = answered(addon, 'EKS CreateAddon', 'an add-on');
    scope.eksInsights.changed(name.clusterName);
    return foundOf(name, made);
  } catch (error) {
    return orExisting(error, `add-on ${identity.name}`, () => find(scope, identity, undefined));
  }
}

async function update(
  scope: AwsScope,
  found: Found<AddonState>,
  desired: AddonDesired,
  changes: readonly Change[],
): Promise<Found<AddonState>> {
  const { clusterName, child: addonName } = nameOf(found.id);
  const fields = new Set(changes.map(change => change.field));
  const again = fields.has('status');
  const version = desired.version ?? found.state.version;
  const configures = fields.has('configuration') || (again && desired.configuration !== undefined);
  const asked = again
    ? askedAgain(found.state, desired)
    : { what: [...fields].sort().join(' and '), changes };
  scope.eksUpdates.refuseRepeat(watchedAs(found.id), asked);
  const configuration = JSON.stringify(desired.configuration ?? {});
  const answer = await scope.eks.send(
    new UpdateAddonCommand({
      clusterName,
      addonName,
      // A random token, as in `cluster-update.ts`.
      clientRequestToken: randomUUID(),
      // What users set with kubectl on fields that the configuration does not name stays.
      resolveConflicts: 'PRESERVE',
      ...(fields.has('version') || again ? { addonVersion: version } : {}),
      ...(configures ? { configurationValues: configuration } : {}),
    }),
  );
  scope.eksUpdates.begun(watchedAs(found.id), asked, answer.update);
  return {
    ...found,
    state: {
      ...found.state,
      status: 'UPDATING',
      version: fields.has('version') ? version : found.state.version,
      configuration: fields.has('configuration') ? configuration : found.state.configuration,
    },
  };
}

/** All that is desired; of that what failed before, where EKS shows what it could not do. */
function askedAgain({ version, failedUpdates }: AddonState, desired: AddonDesired): Asked {
  const changes = [
    { field: 'version', to: desired.version ?? version },
    { field: 'configuration', to: desired.configuration },
  ];
  const failed = openFailure(failedUpdates, changes)?.asked.map(one => one.field) ?? ['version'];
  const asked = changes.filter(({ field }) => failed.includes(field));
  return { what: failed.join(' and '), changes: asked };
}

function readiness(
  { status, issues, awaitsNodes, failedUpdates }: AddonState,
  differs?: readonly Change[],
): Readiness {
  const failed = openFailure(failedUpdates, differs);
  switch (status) {
    case 'ACTIVE':
      if (failed !== undefined) return { is: 'failed', message: failed.message };
      return { is: 'ready' };
    case 'CREATING':
      return progress('EKS is installing the add-on');
    case 'UPDATING':
      return progress('EKS is updating the add-on');
    case 'DELETING':
      return progress('EKS is removing the add-on');
    case 'CREATE_FAILED':
      if (awaitsNodes)
        return lonely(
          `EKS gave up installing the add-on, which has too few nodes to run on: ${issues}. It is made anew once nodes are well`,
        );
      return { is: 'failed', message: `EKS could not install the add-on: ${issues}`, remedy: 'replace' };
    case 'UPDATE_FAILED': {
      const message = failed?.message ?? `EKS could not update the add-on: ${issues}`;
      return awaitsNodes ? lonely(message) : { is: 'failed', message };
    }
    case 'DELETE_FAILED':
      return { is: 'failed', message: `EKS could not remove the add-on: ${issues}` };
    case 'DEGRADED':
      if (awaitsNodes) return lonely(`the add-on has too few nodes to run on: ${issues}`);
      return { is: 'failed', message: `the add-on is not well: ${issues}` };
    default:
      return progress(`the add-on is ${status}`);
  }
}

/** Its pods are as sick as the nodes: what makes these well is not to wait for it (amazon-vpc-cni-k8s issue 3271). */
function lonely(message: string): Readiness {
  return { ...progress(message), awaitsDependants: true };
}

function progress(message: string) {
  return { is: 'in progress', message, againInMs: LOOK_AGAIN_MS } as const;
}
