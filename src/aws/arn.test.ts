import { describe, expect, test } from 'vitest';
import {
  accountRootArn,
  bucketArn,
  dnsSuffix,
  globalRegionOf,
  nameOfArn,
  partitionOf,
  principalSuffix,
  queueArn,
  topicArn,
  viaService,
} from './arn.ts';

test.each([
  ['eu-central-1', 'aws'],
  ['us-east-1', 'aws'],
  ['us-west-2', 'aws'],
  ['ap-southeast-7', 'aws'],
  ['cn-north-1', 'aws-cn'],
  ['us-gov-west-1', 'aws-us-gov'],
  ['eusc-de-east-1', 'aws-eusc'],
  ['us-iso-east-1', 'aws-iso'],
  ['us-isob-east-1', 'aws-iso-b'],
  ['eu-isoe-west-1', 'aws-iso-e'],
  ['us-isof-south-1', 'aws-iso-f'],
])('%s is in the partition %s', (region, partition) => {
  expect(partitionOf(region)).toBe(partition);
});

test.each([
  ['eu-central-1', 'amazonaws.com', 'amazonaws.com', 's3.eu-central-1.amazonaws.com'],
  ['us-gov-west-1', 'amazonaws.com', 'amazonaws.com', 's3.us-gov-west-1.amazonaws.com'],
  ['cn-north-1', 'amazonaws.com.cn', 'amazonaws.com.cn', 's3.cn-north-1.amazonaws.com.cn'],
  [
    'eusc-de-east-1',
    'amazonaws.eu',
    'amazonaws.com',
    ['s3.eusc-de-east-1.amazonaws.eu', 's3.eusc-de-east-1.amazonaws.com'],
  ],
  [
    'us-iso-east-1',
    'c2s.ic.gov',
    'amazonaws.com',
    ['s3.us-iso-east-1.c2s.ic.gov', 's3.us-iso-east-1.amazonaws.com'],
  ],
  [
    'us-isob-east-1',
    'sc2s.sgov.gov',
    'amazonaws.com',
    ['s3.us-isob-east-1.sc2s.sgov.gov', 's3.us-isob-east-1.amazonaws.com'],
  ],
  [
    'eu-isoe-west-1',
    'cloud.adc-e.uk',
    'amazonaws.com',
    ['s3.eu-isoe-west-1.cloud.adc-e.uk', 's3.eu-isoe-west-1.amazonaws.com'],
  ],
  [
    'us-isof-south-1',
    'csp.hci.ic.gov',
    'amazonaws.com',
    ['s3.us-isof-south-1.csp.hci.ic.gov', 's3.us-isof-south-1.amazonaws.com'],
  ],
])('names of %s end in %s, principals in %s, keys are used by way of %j', (region, dns, principal, via) => {
  const partition = partitionOf(region);
  expect(dnsSuffix(partition)).toBe(dns);
  expect(principalSuffix(partition)).toBe(principal);
  expect(viaService('s3', { partition, region })).toEqual(via);
});

test.each([
  ['eu-central-1', 'us-east-1'],
  ['us-west-2', 'us-east-1'],
  ['cn-northwest-1', 'cn-north-1'],
  ['us-gov-east-1', 'us-gov-west-1'],
  ['us-iso-west-1', 'us-iso-west-1'],
])('IAM and Route 53 of %s are called in %s', (region, expected) => {
  expect(globalRegionOf(region)).toBe(expected);
});

describe('an ARN has partition, region and account where the service has them', () => {
  const place = { partition: 'aws-cn', region: 'cn-north-1', accountId: '111122223333' };
  test.each([
    [queueArn(place, 'orders'), 'arn:aws-cn:sqs:cn-north-1:111122223333:orders'],
    [topicArn(place, 'events'), 'arn:aws-cn:sns:cn-north-1:111122223333:events'],
    [bucketArn(place, 'uploads'), 'arn:aws-cn:s3:::uploads'],
    [accountRootArn(place), 'arn:aws-cn:iam::111122223333:root'],
  ])('%s', (arn, expected) => {
    expect(arn).toBe(expected);
  });

  test.each([queueArn, topicArn, bucketArn])('%o gives its name back', of => {
    expect(nameOfArn(of(place, 'a-name.fifo'))).toBe('a-name.fifo');
  });
});
