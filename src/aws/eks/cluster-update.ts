import { randomUUID } from 'node:crypto';
import {
  AssociateEncryptionConfigCommand,
  type Update,
  UpdateClusterConfigCommand,
  type UpdateClusterConfigCommandInput,
  UpdateClusterVersionCommand,
} from '@aws-sdk/client-eks';
import type { Change, Found } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { AwsScope } from '../scope.ts';
import type { ClusterDesired, ClusterState } from './cluster-state.ts';
import { whenVisible } from './eks-errors.ts';
import { firstTaken, holdsUpNoOther } from './first-taken.ts';
import { blockingInsights, type Insight, insightText } from './insight.ts';
import { openInsights } from './insights.ts';

/** The five types of control plane logs: Amazon EKS User Guide, "Send control plane logs to CloudWatch Logs". */
export const LOG_TYPES = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'] as const;

/** At the latest, an upgrade that EKS refuses is asked for again; in ms. */
const REFUSED_AGAIN_MS = 15 * 60_000;

interface Step {
  /** The fields of the diff that this one call changes. */
  readonly fields: readonly string[];
  send(scope: AwsScope, name: string, desired: ClusterDesired, changes: Changes): Promise<Update | undefined>;
}

type Changes = ReadonlyMap<string, Change>;
type Config = Omit<UpdateClusterConfigCommandInput, 'name' | 'clientRequestToken'>;

/**
 * Updates are repeatable without a token of ours: one runs at a time, and the same one again changes nothing. One and the
 * same token would be answered with the first update for good, a failed one too.
 */
const token = (): string => randomUUID();

export async function configure(
  { eks }: AwsScope,
  name: string,
  config: Config,
): Promise<Update | undefined> {
  const command = new UpdateClusterConfigCommand({ name, clientRequestToken: token(), ...config });
  return (await eks.send(command)).update;
}

/** In this order, one a call: "API only allows one type of update at a time" (terraform-provider-aws, cluster.go). */
const STEPS: readonly Step[] = [
  {
    fields: ['deletionProtection'],
    send: (scope, name, { deletionProtection }) => configure(scope, name, { deletionProtection }),
  },
  {
    fields: ['privateAccess', 'publicCidrs'],
    send: (scope, name, { publicCidrs }) =>
      configure(scope, name, { resourcesVpcConfig: endpointAccess(publicCidrs) }),
  },
  {
    fields: ['keyArn'],
    async send({ eks }, clusterName, { keyArn }) {
      const encryptionConfig = [{ resources: ['secrets'], provider: { keyArn } }];
      const command = new AssociateEncryptionConfigCommand({
        clusterName,
        encryptionConfig,
        clientRequestToken: token(),
      });
      return (await eks.send(command)).update;
    },
  },
  {
    fields: ['logTypes'],
    send: (scope, name, { logTypes }) => configure(scope, name, { logging: loggingOf(logTypes) }),
  },
  {
    fields: ['authenticationMode'],
    send: (scope, name, _, changes) => {
      const to = changes.get('authenticationMode')?.to;
      const authenticationMode = to === 'API' ? 'API' : 'API_AND_CONFIG_MAP';
      return configure(scope, name, { accessConfig: { authenticationMode } });
    },
  },
  {
    fields: ['zonalShift'],
    send: (scope, name, { zonalShift }) =>
      configure(scope, name, { zonalShiftConfig: { enabled: zonalShift ?? false } }),
  },
  {
    fields: ['subnetIds', 'securityGroupIds'],
    send: (scope, name, { subnetIds, securityGroupIds }) =>
      configure(scope, name, {
        resourcesVpcConfig: { subnetIds: [...subnetIds], securityGroupIds: [...securityGroupIds] },
      }),
  },
  {
    fields: ['version'],
    send: (scope, name, _, changes) => upgrade(scope, name, String(changes.get('version')?.to)),
  },
  {
    // After the version: "You cannot disable extended support once it starts" (UpgradePolicyRequest), and a newer one ends it.
    fields: ['supportType'],
    send: (scope, name, { supportType }) => configure(scope, name, { upgradePolicy: { supportType } }),
  },
];

export function endpointAccess(publicCidrs: readonly string[]) {
  const endpointPublicAccess = publicCidrs.length > 0;
  return {
    endpointPrivateAccess: true,
    endpointPublicAccess,
    ...(endpointPublicAccess ? { publicAccessCidrs: [...publicCidrs] } : {}),
  };
}

export function loggingOf(logTypes: readonly string[]) {
  const [on, off] = [
    LOG_TYPES.filter(type => logTypes.includes(type)),
    LOG_TYPES.filter(type => !logTypes.includes(type)),
  ];
  return {
    clusterLogging: [
      ...(on.length > 0 ? [{ types: on, enabled: true }] : []),
      ...(off.length > 0 ? [{ types: off, enabled: false }] : []),
    ],
  };
}

/** On what EKS sees now, and never forced: what it finds not ready is named instead. */
async function upgrade(scope: AwsScope, name: string, version: string): Promise<Update | undefined> {
  await scope.eksInsights.request(name);
  const blocking = blockingInsights(await openInsights(scope, name, version));
  if (blocking.length > 0) throw notReady(name, version, blocking);
  const command = new UpdateClusterVersionCommand({ name, version, clientRequestToken: token() });
  try {
    return (await scope.eks.send(command)).update;
  } catch (error) {
    if (!(error instanceof CloudError) || error.code !== 'InvalidStateException') throw error;
    throw notReady(name, version, blockingInsights(await openInsights(scope, name, version)), error);
  }
}

function notReady(
  name: string,
  version: string,
  blocking: readonly Insight[],
  cause?: CloudError,
): CloudError {
  const why = cause?.message ?? blocking.map(one => one.name).join(', ');
  return new CloudError('Blocked', `EKS finds cluster ${name} not ready for ${version}: ${why}`, {
    code: cause?.code ?? 'UpgradeInsights',
    retryAfterMs: REFUSED_AGAIN_MS,
    blockers: blocking.map(one => ({
      resource: `insight ${one.name} (${one.id})`,
      reason: insightText(one),
    })),
    cause,
  });
}

/**
 * Add-ons and nodes wait until nothing of the cluster differs: with a setting that cannot be changed the control plane would be
 * raised, and they would not follow.
 */
function isUpgrade(step: Step): boolean {
  return step.fields.includes('version');
}

function keepsVersion(name: string, what: string, version: string, cause: CloudError): CloudError {
  const message = `cluster ${name} is not raised to ${version} before its ${what} can be changed: ${cause.message}`;
  const { code, retryAfterMs, blockers } = cause;
  return new CloudError(cause.class, message, {
    code,
    blockers,
    cause,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** One update of those that are due. The answer shows what the cluster will be; the rest still differs in it. */
export async function updateCluster(
  scope: AwsScope,
  found: Found<ClusterState>,
  desired: ClusterDesired,
  changes: readonly Change[],
): Promise<Found<ClusterState>> {
  const byField = new Map(changes.map(change => [change.field, change]));
  const due = STEPS.filter(one => one.fields.some(field => byField.has(field)));
  const upgradeAt = due.findIndex(isUpgrade);
  const taken = await firstTaken(
    due,
    async step => {
      const what = step.fields.join(' and ');
      try {
        const asked = { what, changes: changes.filter(({ field }) => step.fields.includes(field)) };
        scope.eksUpdates.refuseRepeat(watchedAs(found.id), asked);
        const update = await whenVisible(
          scope,
          `${what} of cluster ${found.id}`,
          step.send(scope, found.id, desired, byField),
        );
        scope.eksUpdates.begun(watchedAs(found.id), asked, update);
      } catch (error) {
        if (due.indexOf(step) >= upgradeAt || !holdsUpNoOther(error)) throw error;
        throw keepsVersion(found.id, what, String(byField.get('version')?.to), error);
      }
      return step;
    },
    isUpgrade,
  );
  if (taken === undefined) return found;
  const after = Object.fromEntries(
    taken.fields.filter(field => byField.has(field)).map(field => [field, byField.get(field)?.to]),
  );
  return { ...found, state: { ...found.state, ...after, status: 'UPDATING' } };
}

export function watchedAs(name: string): string {
  return `cluster ${name}`;
}
