import { z } from 'zod';
import { choice, listOf, setOf, text, whole } from './fields.ts';
import { alwaysOrNever, celMatches, fixed, immutable, type Rule, rules } from './rules.ts';

// Amazon VPC User Guide, "VPC CIDR blocks": /16 to /28.
const cidrPattern =
  /^(25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})([.](25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})){3}\/(1[6-9]|2[0-8])$/;

// IANA IPv4 Special-Purpose Address Registry: this network, loopback, link local; and all from multicast on, which is no
// address of a host. EC2 makes no VPC in them.
const notOfHosts = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3'];

function cidr(description: string, ...more: readonly Rule[]) {
  return z
    .string()
    .regex(cidrPattern)
    .max(18)
    .meta(
      rules(
        {
          rule: celMatches('self', cidrPattern),
          message: 'must be an IPv4 range such as 10.0.0.0/16, of /16 to /28',
        },
        {
          // What is no range at all is told of above.
          rule: `!${celMatches('self', cidrPattern)} || isCIDR(self)`,
          message: 'must be an IPv4 range such as 10.0.0.0/16, its numbers without zeros before them',
        },
        {
          rule: '!isCIDR(self) || cidr(self) == cidr(self).masked()',
          message: 'has bits set beyond its prefix: write the first address of the range',
        },
        ...more,
      ),
    )
    .describe(description);
}

/** Of a range: it is in none of those. */
function inNone(ranges: readonly string[], message: string): Rule {
  const list = ranges.map(one => `'${one}'`).join(', ');
  return { rule: `!isCIDR(self) || ![${list}].exists(one, cidr(one).containsCIDR(self))`, message };
}

const ofHosts = inNone(
  notOfHosts,
  'is in a range that no host can have (0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 224.0.0.0 and above)',
);

/**
 * Amazon EKS User Guide, "Control network access to cluster API server endpoint": the blocks "can't include reserved
 * addresses". IANA has those of private networks and of carriers beside those of no host; 0.0.0.0/0 is everybody, and no
 * part of them.
 */
export const ofInternet = inNone(
  ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', ...notOfHosts],
  'publicCidrs takes no private or otherwise reserved range, which EKS refuses: nobody comes from there over the internet. Write the public addresses that people come from; who is in the network, or in one that is connected to it, uses the private endpoint, which is always there',
);

/** CloudWatch Logs API Reference, PutRetentionPolicy: the numbers of days that it takes. */
export const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/** `min`, in days: what is kept for less is gone before somebody looks for it. */
export function logRetention(description: string, min = 1) {
  const days = LOG_RETENTION_DAYS.filter(one => one >= min).join(', ');
  return z
    .int()
    .min(min)
    .max(3653)
    .meta(
      rules({
        rule: `self in [${days}]`,
        message: `must be a number of days that CloudWatch Logs takes: ${days}`,
      }),
    )
    .describe(description);
}

const FlowLogs = z
  .object({
    mode: choice(
      ['Enabled', 'Disabled'],
      'Whether all traffic of the VPC is logged. Default: Enabled.',
    ).optional(),
    retentionDays: logRetention('How many days a flow log is kept. Default: 90.').optional(),
  })
  .meta(
    rules({
      rule: "!has(self.mode) || self.mode != 'Disabled' || !has(self.retentionDays)",
      message: 'with mode Disabled there are no flow logs: leave out retentionDays',
    }),
  );

const subnetIds = (min: number, description: string) =>
  setOf(
    text(
      {
        pattern: /^subnet-[0-9a-f]{8,17}$/,
        says: 'must be the id of a subnet, such as subnet-0a1b2c3d4e5f6a7b8',
        max: 24,
      },
      'Id of a subnet.',
    ),
    min,
    6,
    description,
  );

const ExistingNetwork = z
  .object({
    vpcId: text(
      {
        pattern: /^vpc-[0-9a-f]{8,17}$/,
        says: 'must be the id of a VPC, such as vpc-0a1b2c3d4e5f6a7b8',
        max: 21,
      },
      'Id of the VPC. Cannot be changed.',
    ),
    privateSubnetIds: subnetIds(
      2,
      'Private subnets, in two zones at least. A cluster that is made in them stays in their zones.',
    ),
    publicSubnetIds: subnetIds(0, 'Public subnets, for load balancers. Default: none.').optional(),
  })
  .meta(
    rules({
      rule: '!has(self.publicSubnetIds) || self.publicSubnetIds.all(id, !(id in self.privateSubnetIds))',
      message: 'a subnet is private or public, not both',
      fieldPath: '.publicSubnetIds',
    }),
  );

const madeHere = [
  'cidr',
  'availabilityZones',
  'publicSubnetCidrs',
  'privateSubnetCidrs',
  'natGateways',
  'flowLogs',
  'gatewayEndpoints',
] as const;

const isAnyMade = madeHere.map(field => `has(self.${field})`).join(' || ');

const lists =
  '(has(self.publicSubnetCidrs) ? self.publicSubnetCidrs : []) + (has(self.privateSubnetCidrs) ? self.privateSubnetCidrs : [])';
const vpc = "(has(self.cidr) ? self.cidr : '10.0.0.0/16')";
const zones = '(has(self.availabilityZones) ? self.availabilityZones : 3)';

function onePerZone(field: 'publicSubnetCidrs' | 'privateSubnetCidrs') {
  return {
    rule: `!has(self.${field}) || size(self.${field}) == ${zones}`,
    message: `${field} needs one range for each of the availabilityZones (3 unless set)`,
    fieldPath: `.${field}`,
  };
}

export const Network = z
  .object({
    enabled: z
      .boolean()
      .describe(
        'Whether the environment has a network. Without one there is neither a cluster nor a database. Default: true.',
      )
      .optional(),
    cidr: cidr(
      'Range of the VPC. Each subnet is a 32nd of it, /28 at least: with a cluster it is to be /22 or larger, for EKS recommends 16 free ' +
        'addresses in each, and every node and pod has one. Cannot be changed. Default: 10.0.0.0/16.',
      ofHosts,
    ).optional(),
    availabilityZones: whole(2, 6, 'In how many zones. Cannot be changed. Default: 3.').optional(),
    publicSubnetCidrs: listOf(
      cidr('Range of a subnet.'),
      2,
      6,
      'Ranges of the public subnets, one a zone. Cannot be changed. Default: computed from cidr.',
    ).optional(),
    privateSubnetCidrs: listOf(
      cidr('Range of a subnet.'),
      2,
      6,
      'Ranges of the private subnets, one a zone, of /27 or larger each with a cluster. Cannot be changed. Default: computed from cidr.',
    ).optional(),
    natGateways: choice(
      ['PerZone', 'Single', 'None'],
      'How private subnets reach the internet. PerZone: a gateway in each zone. Single: one for all, cheaper, and gone ' +
        'with its zone. None: not at all. Default: PerZone.',
    ).optional(),
    flowLogs: FlowLogs.describe('Logs of all traffic. Default: on, kept 90 days.').optional(),
    gatewayEndpoints: setOf(
      choice(['s3', 'dynamodb'], 'Service.'),
      0,
      2,
      'Services that are reached without a NAT gateway, free of charge. Default: s3.',
    ).optional(),
    existing: ExistingNetwork.describe(
      'A VPC that is there already, instead of all of the above. It is checked, and nothing of it is changed but this: with a ' +
        'cluster its subnets get the tag by which load balancers find them (kubernetes.io/role/elb or internal-elb), where they ' +
        'have none, and one that says who uses that. Both go with the last who does. Default: none.',
    ).optional(),
  })
  .meta(
    rules(
      {
        rule: `!has(self.existing) || !(${isAnyMade})`,
        message: `with existing nothing is made: leave out ${madeHere.join(', ')}`,
        fieldPath: '.existing',
      },
      {
        rule: `!has(self.enabled) || self.enabled || !(${isAnyMade})`,
        message: `with enabled: false nothing is made: leave out ${madeHere.join(', ')}`,
        fieldPath: '.enabled',
      },
      {
        // As src/kinds/environment/cidrs.ts divides it: half of the range for each sort of subnet, /28 at least.
        rule: `has(self.publicSubnetCidrs) || !isCIDR(${vpc}) || cidr(${vpc}).prefixLength() <= 24 || (cidr(${vpc}).prefixLength() == 25 && ${zones} <= 4) || (cidr(${vpc}).prefixLength() == 26 && ${zones} <= 2)`,
        message:
          'cidr is too small for subnets in so many availabilityZones: use /24 or larger, and with a cluster /22 or larger',
        fieldPath: '.cidr',
      },
      onePerZone('publicSubnetCidrs'),
      onePerZone('privateSubnetCidrs'),
      {
        rule: `!isCIDR(${vpc}) || (${lists}).all(one, !isCIDR(one) || cidr(${vpc}).containsCIDR(one))`,
        message: 'every subnet must lie within cidr (10.0.0.0/16 unless set)',
      },
      {
        rule: `(${lists}).all(one, !isCIDR(one) || (${lists}).filter(other, isCIDR(other) && cidr(one).containsCIDR(other)).size() == 1)`,
        message: 'the ranges of subnets must not overlap',
      },
      {
        rule: 'has(self.publicSubnetCidrs) == has(self.privateSubnetCidrs)',
        message:
          'set publicSubnetCidrs and privateSubnetCidrs together: the computed ones might overlap with yours',
      },
    ),
  );
export type Network = z.infer<typeof Network>;

/** On spec: there they are looked at whatever becomes of `network`. */
export const networkRules: readonly Rule[] = [
  ...['cidr', 'availabilityZones', 'publicSubnetCidrs', 'privateSubnetCidrs'].map(field =>
    fixed(
      `network.${field}`,
      `network.${field} cannot be changed: subnets cannot be moved; make a new OptaEnvironment. While it has no VPC yet: leave the field out, and write the other value then (opta.dev/paused: "true" keeps a VPC from being made meanwhile)`,
    ),
  ),
  alwaysOrNever(
    'network.existing',
    'network.existing cannot be set or taken away later: make a new OptaEnvironment',
  ),
  immutable(
    'network.existing.vpcId',
    'network.existing.vpcId cannot be changed: make a new OptaEnvironment in the other VPC',
  ),
];
