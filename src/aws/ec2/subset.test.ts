import { expect, test } from 'vitest';
import { holds } from './subset.ts';

const shown = {
  MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1, State: 'applied' },
  BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 50, Encrypted: true } }],
  SecurityGroupIds: ['sg-1', 'sg-2'],
};

test.each([
  ['less than is shown', { MetadataOptions: { HttpTokens: 'required' } }, true],
  ['what is undefined', { MetadataOptions: { HttpTokens: undefined, HttpPutResponseHopLimit: 1 } }, true],
  ['another value', { MetadataOptions: { HttpTokens: 'optional' } }, false],
  ['what is not shown', { EbsOptimized: true }, false],
  ['a list in another order', { SecurityGroupIds: ['sg-2', 'sg-1'] }, true],
  ['a shorter list', { SecurityGroupIds: ['sg-1'] }, false],
  ['an item twice', { SecurityGroupIds: ['sg-1', 'sg-1'] }, false],
  ['part of an item', { BlockDeviceMappings: [{ Ebs: { VolumeSize: 50 } }] }, true],
  ['another item', { BlockDeviceMappings: [{ Ebs: { VolumeSize: 51 } }] }, false],
])('%s', (_, wanted, expected) => {
  expect(holds(shown, wanted)).toBe(expected);
});
