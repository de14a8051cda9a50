import type { Found } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { AwsScope } from '../scope.ts';
import type { VersionSupport } from './catalog.ts';
import type { ClusterDesired, ClusterState } from './cluster-state.ts';
import { kubernetesVersion } from './versions.ts';

/**
 * What AWS says of the support of its version, asked once an hour: when it ends, of one that is newer than this release; and
 * whether it is extended by now, where that is to be left.
 */
export async function withSupport(
  { eksCatalog }: Pick<AwsScope, 'eksCatalog'>,
  found: Found<ClusterState>,
  wanted?: ClusterDesired['supportType'],
): Promise<Found<ClusterState>> {
  const { version, supportType } = found.state;
  const isLeaving = wanted === 'STANDARD' && supportType === 'EXTENDED';
  if (version === '' || (kubernetesVersion(version) !== undefined && !isLeaving)) return found;
  const support = await supportOf(eksCatalog, version);
  const { standardSupportEnds, extendedSupportEnds } =
    (kubernetesVersion(version) === undefined ? support : undefined) ?? {};
  const state: ClusterState = {
    ...found.state,
    ...(standardSupportEnds === undefined ? {} : { supportEnds: dayOf(standardSupportEnds) }),
    ...(extendedSupportEnds === undefined ? {} : { extendedSupportEnds: dayOf(extendedSupportEnds) }),
    ...(isLeaving && support?.isExtended === true ? { inExtendedSupport: true } : {}),
  };
  return { ...found, state };
}

function dayOf(time: string): string {
  return time.slice(0, '2027-03-27'.length);
}

/** Oldest first; undefined where AWS does not answer: it then refuses itself what it has not. */
export async function offeredVersions({
  eksCatalog,
}: Pick<AwsScope, 'eksCatalog'>): Promise<readonly string[] | undefined> {
  try {
    return await eksCatalog.versions();
  } catch (error) {
    if (error instanceof CloudError) return undefined;
    throw error;
  }
}

/** `unsupported Kubernetes version 1.99` */
export function isOfVersion(error: unknown): error is CloudError {
  return (
    error instanceof CloudError && error.class === 'Invalid' && /Kubernetes version/i.test(error.message)
  );
}

export async function namingVersions(
  scope: Pick<AwsScope, 'eksCatalog'>,
  cause: CloudError,
  version: string,
): Promise<CloudError> {
  const offered = (await offeredVersions(scope)) ?? [];
  const has = offered.length === 0 ? '' : ` (it has ${offered.join(', ')})`;
  const message = `EKS makes no cluster of Kubernetes ${version}${has}: leave spec.kubernetes.version out, and then write one that it offers: ${cause.message}`;
  return new CloudError('Invalid', message, { code: cause.code, cause });
}

/** Nothing of a cluster depends on it: where AWS does not answer, it is told as unknown. */
async function supportOf(
  catalog: AwsScope['eksCatalog'],
  version: string,
): Promise<VersionSupport | undefined> {
  try {
    return await catalog.version(version);
  } catch (error) {
    if (error instanceof CloudError) return undefined;
    throw error;
  }
}
