import { expect, test } from 'vitest';
import { permissionOf, type Rule, ruleKey, ruleKeys, rulesOf, without } from './rules.ts';

const OWN = 'sg-0000000a';

const RULES: readonly (readonly [string, Rule])[] = [
  ['tcp 5432-5432 10.0.0.0/16', { protocol: 'tcp', fromPort: 5432, toPort: 5432, peer: '10.0.0.0/16' }],
  ['tcp 1-3 sg-0000000b', { protocol: 'tcp', fromPort: 1, toPort: 3, peer: 'sg-0000000b' }],
  // Of another account's VPC: the revoke has to say both.
  ['-1 all sg-0000000d', { protocol: '-1', peer: 'sg-0000000d', userId: '222222222222' }],
  ['-1 all self', { protocol: '-1', peer: 'self' }],
  ['-1 all pl-0000000c', { protocol: '-1', peer: 'pl-0000000c' }],
  ['udp 53-53 2001:db8::/32', { protocol: 'udp', fromPort: 53, toPort: 53, peer: '2001:db8::/32' }],
];

test.each(RULES)('%s goes to AWS and comes back', (key, rule) => {
  expect(ruleKey(rule)).toBe(key);
  expect(rulesOf([permissionOf(rule, OWN)], OWN)).toEqual([rule]);
});

test('a single port is a range of one', () => {
  const rule = { protocol: 'tcp', fromPort: 443, peer: '::/0', description: 'web' };
  expect(permissionOf(rule, OWN)).toEqual({
    IpProtocol: 'tcp',
    FromPort: 443,
    ToPort: 443,
    Ipv6Ranges: [{ CidrIpv6: '::/0', Description: 'web' }],
  });
  expect(ruleKey(rule)).toBe('tcp 443-443 ::/0');
});

test('what AWS gathers is taken apart', () => {
  const gathered = {
    IpProtocol: 'tcp',
    FromPort: 80,
    ToPort: 80,
    IpRanges: [{ CidrIp: '10.0.0.0/8' }, { CidrIp: '192.0.2.0/24' }],
    UserIdGroupPairs: [{ GroupId: OWN }],
  };
  expect(ruleKeys(rulesOf([gathered], OWN))).toEqual([
    'tcp 80-80 10.0.0.0/8',
    'tcp 80-80 192.0.2.0/24',
    'tcp 80-80 self',
  ]);
});

test('rules of all protocols have no ports, whatever AWS shows', () => {
  expect(
    rulesOf([{ IpProtocol: '-1', FromPort: -1, ToPort: -1, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }], OWN),
  ).toEqual([{ protocol: '-1', peer: '0.0.0.0/0' }]);
});

test('descriptions make no other rule', () => {
  const [[, rule] = ['', { protocol: '', peer: '' }]] = RULES;
  expect(without([{ ...rule, description: 'a' }], [{ ...rule, description: 'b' }])).toEqual([]);
});
