import type { Filter } from '@aws-sdk/client-ec2';
import type { Tags } from '../../engine/owner.ts';
import type { AwsScope } from '../scope.ts';
import { listWhere, tagsOf } from './read.ts';
import { SNAPSHOT, VOLUME } from './types.ts';

/** A volume, or a snapshot of one. */
export interface Disk {
  readonly id: string;
  /** `volume vol-0a1b` */
  readonly resource: string;
  /** What leads a person to its owner; empty where nothing says whose it is. */
  readonly whose: string;
  /** ARN; undefined: it is not encrypted. */
  readonly keyArn: string | undefined;
}

/** The account's own, by one filter that serves both. */
export async function listDisks(scope: AwsScope, filters: Filter[]): Promise<readonly Disk[]> {
  const [volumes, snapshots] = await Promise.all([
    listWhere(scope, VOLUME, filters),
    listWhere(scope, SNAPSHOT, filters),
  ]);
  const all = [
    ...volumes.map(one => {
      const instance = one.Attachments?.[0]?.InstanceId;
      const more = instance === undefined ? [] : [`attached to instance ${instance}`];
      return diskOf('volume', one.VolumeId, one.KmsKeyId, tagsOf(VOLUME, one), more);
    }),
    ...snapshots.map(one =>
      diskOf('snapshot', one.SnapshotId, one.KmsKeyId, tagsOf(SNAPSHOT, one), [`of volume ${one.VolumeId}`]),
    ),
  ];
  return all.toSorted((a, b) => (a.resource < b.resource ? -1 : 1));
}

function diskOf(
  what: string,
  id = '',
  keyArn: string | undefined,
  tags: Tags,
  more: readonly string[],
): Disk {
  return { id, resource: `${what} ${id}`, whose: [...claimOf(tags), ...more].join(', '), keyArn };
}

/** Amazon EBS CSI driver, "Volume Tagging": what its provisioner writes of the claim; others have a name at best. */
function claimOf(tags: Tags): readonly string[] {
  const claim = tags['kubernetes.io/created-for/pvc/name'];
  const namespace = tags['kubernetes.io/created-for/pvc/namespace'];
  if (claim !== undefined) return [`PersistentVolumeClaim ${namespace ?? 'unknown'}/${claim}`];
  const name = tags.Name ?? tags.CSIVolumeName ?? tags.CSIVolumeSnapshotName;
  return name === undefined ? [] : [name];
}
