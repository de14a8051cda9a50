import { randomUUID } from 'node:crypto';
import { UpdateAddonCommand } from '@aws-sdk/client-eks';
import type { Change, Found } from '../../engine/adaptor.ts';
import type { AwsScope } from '../scope.ts';
import type { AddonDesired, AddonState } from './addon-state.ts';
import type { ChildName } from './child-name.ts';
import { type Asked, openFailure } from './update-watch.ts';

export async function updateAddon(
  scope: AwsScope,
  found: Found<AddonState>,
  of: ChildName,
  desired: AddonDesired,
  changes: readonly Change[],
): Promise<Found<AddonState>> {
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
      clusterName: of.clusterName,
      addonName: of.child,
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

export function watchedAs(name: string): string {
  return `addon ${name}`;
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
