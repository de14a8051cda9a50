import type { LaunchTemplateBlockDeviceMappingRequest } from '@aws-sdk/client-ec2';

/** As Karpenter has it for Bottlerocket: the images of its system want 2 GiB. */
const SYSTEM_GIB = 4;
const ROOT = '/dev/xvda';
/** Bottlerocket, "Default volumes": images, logs and what pods write is not on the root disk, which is read-only. */
const BOTTLEROCKET_DATA = '/dev/xvdb';

export function isBottlerocket(amiType: string): boolean {
  return amiType.startsWith('BOTTLEROCKET_');
}

/** All disks that an image has by itself: one that is not named is as encrypted as the account has it, which may be not at all. */
export function disksOf(
  amiType: string,
  diskGiB: number,
  KmsKeyId: string,
): LaunchTemplateBlockDeviceMappingRequest[] {
  const disk = (DeviceName: string, VolumeSize: number) => ({
    DeviceName,
    Ebs: { VolumeSize, VolumeType: 'gp3' as const, Encrypted: true, KmsKeyId, DeleteOnTermination: true },
  });
  if (!isBottlerocket(amiType)) return [disk(ROOT, diskGiB)];
  return [disk(ROOT, SYSTEM_GIB), disk(BOTTLEROCKET_DATA, diskGiB)];
}

interface Shown {
  readonly DeviceName?: string | undefined;
  readonly Ebs?: { readonly VolumeSize?: number | undefined } | undefined;
}

/** The size that `diskGiB` gave; undefined where no disk has one. */
export function diskGiBOf(disks: readonly Shown[]): number | undefined {
  const data = disks.find(one => one.DeviceName === BOTTLEROCKET_DATA) ?? disks[0];
  return data?.Ebs?.VolumeSize;
}
