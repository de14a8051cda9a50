import type { NetworkAclEntry } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { restrictionsOf } from './network-acl.ts';

type Row = readonly [string, readonly NetworkAclEntry[], readonly string[]];

const all = { Protocol: '-1', CidrBlock: '0.0.0.0/0' } as const;
const last = [true, false].map(Egress => ({
  ...all,
  Egress,
  RuleNumber: 32_767,
  RuleAction: 'deny' as const,
}));
const open = (Egress: boolean, RuleNumber = 100) => ({
  ...all,
  Egress,
  RuleNumber,
  RuleAction: 'allow' as const,
});
const byDefault = [open(false), open(true), ...last];
const deny = (RuleNumber: number, more: NetworkAclEntry = {}): NetworkAclEntry => ({
  ...all,
  Egress: false,
  RuleNumber,
  RuleAction: 'deny',
  ...more,
});

test.each<Row>([
  ["AWS's default", byDefault, []],
  ["AWS's default, in another order", byDefault.toReversed(), []],
  ['a rule that lets in what is let in anyway', [...byDefault, { ...open(false, 50), Protocol: '6' }], []],
  ['a denial that comes too late', [...byDefault, deny(200)], []],
  [
    'a denial before it',
    [...byDefault, deny(10, { Protocol: '6', PortRange: { From: 22, To: 22 }, CidrBlock: '10.0.0.0/16' })],
    ['rule 10 denies tcp 22-22 from 10.0.0.0/16'],
  ],
  [
    'a denial of what goes out, of another protocol',
    [...byDefault, deny(10, { Egress: true, Protocol: '50' })],
    ['rule 10 denies protocol 50 to 0.0.0.0/0'],
  ],
  ['no rule at all', last, ['no rule lets everything in', 'no rule lets everything out']],
  [
    'one protocol alone',
    [{ ...open(false), Protocol: '6' }, open(true), ...last],
    ['no rule lets everything in'],
  ],
  [
    'IPv6, which nothing has',
    [...byDefault, { Ipv6CidrBlock: '::/0', RuleNumber: 5, RuleAction: 'deny' }],
    [],
  ],
])('a network ACL with %s', (_, Entries, told) => {
  expect(restrictionsOf({ Entries: [...Entries] })).toEqual(told);
});
