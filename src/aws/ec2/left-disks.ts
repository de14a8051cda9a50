import { CloudError } from '../../engine/errors.ts';
import { type SweptDesired, sweptAdaptor } from '../leftovers/swept.ts';
import { listDisks } from './disks.ts';

/**
 * Volumes and snapshots that the EBS CSI driver of a cluster made: they hold data, so they are named and never removed. By the
 * cluster's own tag; Amazon EBS CSI driver, "Volume Tagging": `ebs.csi.aws.com/cluster` is the same for all clusters.
 */
export const leftDisksAdaptor = sweptAdaptor<object, SweptDesired>({
  type: 'ec2/left-disks',
  async find(scope, { clusterName }) {
    const filters = [{ Name: 'tag-key', Values: [`kubernetes.io/cluster/${clusterName}`] }];
    try {
      const disks = await listDisks(scope, filters);
      return disks.map(({ id, resource, whose }) => ({
        id,
        name: whose === '' ? resource : `${resource} (${whose})`,
        state: {},
      }));
    } catch (error) {
      // They stay whatever comes of it, so the deletion does not: that nobody looked is told instead.
      if (!(error instanceof CloudError) || error.class !== 'Denied') throw error;
      const name = `volumes and snapshots with the tag ${filters[0]?.Values[0]}, if there are any: they could not be looked for (${error.message})`;
      return [{ id: clusterName, name, state: {} }];
    }
  },
  async remove() {
    throw new CloudError('Unknown', 'volumes and snapshots are never removed');
  },
});
