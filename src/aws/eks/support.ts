import type { Found } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import type { AwsScope } from '../scope.ts';
import type { ClusterState } from './cluster-state.ts';
import { kubernetesVersion } from './versions.ts';

/** Of a version that is newer than this release AWS is asked when its support ends, once an hour. */
export async function withSupport(
  { eksCatalog }: Pick<AwsScope, 'eksCatalog'>,
  found: Found<ClusterState>,
): Promise<Found<ClusterState>> {
  const { version } = found.state;
  if (version === '' || kubernetesVersion(version) !== undefined) return found;
  const supportEnds = await endOf(eksCatalog, version);
  return supportEnds === undefined ? found : { ...found, state: { ...found.state, supportEnds } };
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
async function endOf(catalog: AwsScope['eksCatalog'], version: string): Promise<string | undefined> {
  try {
    return (await catalog.version(version))?.standardSupportEnds?.slice(0, '2027-03-27'.length);
  } catch (error) {
    if (error instanceof CloudError) return undefined;
    throw error;
  }
}
