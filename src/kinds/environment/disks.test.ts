import { expect, test } from 'vitest';
import { diskGiBOf, disksOf } from './disks.ts';

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/1';

test.each([
  ['AL2023_x86_64_STANDARD', { '/dev/xvda': 77 }],
  ['AL2023_ARM_64_STANDARD', { '/dev/xvda': 77 }],
  // Pods' data is on the second one: eksctl 2843, terraform-aws-eks 2005.
  ['BOTTLEROCKET_x86_64', { '/dev/xvda': 4, '/dev/xvdb': 77 }],
  ['BOTTLEROCKET_ARM_64', { '/dev/xvda': 4, '/dev/xvdb': 77 }],
])('%s: every disk is encrypted with the key, and that of pods has the size', (amiType, sizes) => {
  const disks = disksOf(amiType, 77, KEY);
  expect(Object.fromEntries(disks.map(one => [one.DeviceName, one.Ebs?.VolumeSize]))).toEqual(sizes);
  for (const { Ebs } of disks)
    expect(Ebs).toMatchObject({
      Encrypted: true,
      KmsKeyId: KEY,
      VolumeType: 'gp3',
      DeleteOnTermination: true,
    });
  expect(diskGiBOf(disks)).toBe(77);
});

test('no disk has no size', () => {
  expect(diskGiBOf([])).toBeUndefined();
});
