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

/** Nothing of a cluster depends on it: where AWS does not answer, it is told as unknown. */
async function endOf(catalog: AwsScope['eksCatalog'], version: string): Promise<string | undefined> {
  try {
    return (await catalog.version(version))?.standardSupportEnds?.slice(0, '2027-03-27'.length);
  } catch (error) {
    if (error instanceof CloudError) return undefined;
    throw error;
  }
}
