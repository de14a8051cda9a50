import type { IpPermission, NetworkInterface } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { isInternal, openRulesOf, publicAddressOf } from './exposed.ts';

const VPC = ['10.0.0.0/16', '100.64.0.0/20'];
const tcp = (more: Partial<IpPermission>): IpPermission => ({
  IpProtocol: 'tcp',
  FromPort: 443,
  ToPort: 443,
  ...more,
});
const from = (CidrIp: string, more: object = {}) => tcp({ IpRanges: [{ CidrIp, ...more }] });

describe('a rule of a security group', () => {
  test.each<[string, IpPermission, string[]]>([
    ['from everybody', from('0.0.0.0/0'), ['OpenToInternet lets 0.0.0.0/0 in to tcp 443']],
    ['from one of them', from('203.0.113.7/32'), ['OpenToInternet lets 203.0.113.7/32 in to tcp 443']],
    [
      'from everybody of the newer internet',
      tcp({ Ipv6Ranges: [{ CidrIpv6: '::/0' }] }),
      ['OpenToInternet lets ::/0 in to tcp 443'],
    ],
    [
      'from a list of AWS',
      tcp({ PrefixListIds: [{ PrefixListId: 'pl-1' }] }),
      ['OpenToInternet lets pl-1 in to tcp 443'],
    ],
    [
      'to a range of ports, with what a controller says of it',
      {
        ...from('0.0.0.0/0', { Description: 'elbv2.k8s.aws/targetGroupBinding=shared' }),
        FromPort: 30_000,
        ToPort: 32_767,
      },
      ['OpenToInternet lets 0.0.0.0/0 in to tcp 30000-32767, as elbv2.k8s.aws/targetGroupBinding=shared'],
    ],
    [
      'of all protocols',
      { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
      ['OpenToInternet lets 0.0.0.0/0 in to all ports'],
    ],
    ['from another network', from('10.8.0.0/16'), ['OpenToOtherNetworks lets 10.8.0.0/16 in to tcp 443']],
    [
      'from another network of the newer internet',
      tcp({ Ipv6Ranges: [{ CidrIpv6: 'fd00::/8' }] }),
      ['OpenToOtherNetworks lets fd00::/8 in to tcp 443'],
    ],
    ['from more than the VPC', from('10.0.0.0/8'), ['OpenToOtherNetworks lets 10.0.0.0/8 in to tcp 443']],
    ['from the VPC', from('10.0.0.0/16'), []],
    ['from a part of it', from('10.0.128.0/20'), []],
    ['from a range that the VPC was given later', from('100.64.3.0/24'), []],
    ['from a group', tcp({ UserIdGroupPairs: [{ GroupId: 'sg-2' }] }), []],
  ])('%s', (_, permission, told) => {
    const group = { GroupId: 'sg-1', GroupName: 'nodes', IpPermissions: [permission] };
    const words = openRulesOf(group, VPC).map(({ is, text }) => `${is} ${text}`);
    expect(words).toEqual(told.map(one => one.replace(' lets', ' sg-1 (nodes) lets')));
  });

  test('that lets something out is none that lets in', () => {
    const everything = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    expect(openRulesOf({ GroupId: 'sg-1', IpPermissionsEgress: [everything] }, VPC)).toEqual([]);
  });
});

test.each<[string, NetworkInterface, boolean]>([
  ['a node', { InterfaceType: 'interface', Attachment: { InstanceId: 'i-1' } }, true],
  [
    'the control plane',
    { InterfaceType: 'interface', RequesterManaged: true, Description: 'Amazon EKS dev' },
    true,
  ],
  ['a NAT gateway', { InterfaceType: 'natGateway', RequesterManaged: true }, false],
  ['a network load balancer', { InterfaceType: 'network_load_balancer', RequesterManaged: true }, false],
  [
    'an application load balancer',
    { InterfaceType: 'interface', RequesterManaged: true, Description: 'ELB app/web/1' },
    false,
  ],
  ['somebody who only says so', { InterfaceType: 'interface', Description: 'ELB app/web/1' }, true],
])('of %s it is said whether it is internal', (_, one, is) => expect(isInternal(one)).toBe(is));

test('a public address is told with what has it', () => {
  const node = { NetworkInterfaceId: 'eni-1', SubnetId: 'subnet-1', Attachment: { InstanceId: 'i-1' } };
  expect(publicAddressOf(node)).toEqual([]);
  expect(publicAddressOf({ ...node, Association: { PublicIp: '198.51.100.4' } })).toEqual([
    { is: 'PublicAddress', text: 'eni-1 of i-1 in subnet-1 has the public address 198.51.100.4' },
  ]);
});
