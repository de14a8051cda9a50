import type { NetworkAcl, NetworkAclEntry } from '@aws-sdk/client-ec2';

/** The last rule of each direction, which cannot be changed and denies the rest. */
const LAST_RULE = 32_767;

/**
 * How a network ACL falls short of AWS's default one, which lets all pass; nothing where it does not. IPv4 alone: subnets
 * that are made here have nothing else.
 */
export function restrictionsOf({ Entries = [] }: NetworkAcl): readonly string[] {
  return [false, true].flatMap(isEgress => {
    const entries = Entries.filter(
      one =>
        (one.Egress ?? false) === isEgress && one.CidrBlock !== undefined && one.RuleNumber !== LAST_RULE,
    ).sort((a, b) => (a.RuleNumber ?? 0) - (b.RuleNumber ?? 0));
    const open = entries.findIndex(
      one => one.RuleAction === 'allow' && one.Protocol === '-1' && one.CidrBlock === '0.0.0.0/0',
    );
    const denied = (open < 0 ? entries : entries.slice(0, open)).filter(one => one.RuleAction === 'deny');
    const words = isEgress ? (['out', 'to'] as const) : (['in', 'from'] as const);
    return [
      ...denied.map(one => `rule ${one.RuleNumber} denies ${inWords(one, words[1])}`),
      ...(open < 0 ? [`no rule lets everything ${words[0]}`] : []),
    ];
  });
}

const PROTOCOLS: Readonly<Record<string, string>> = { '1': 'icmp', '6': 'tcp', '17': 'udp' };

function inWords({ Protocol = '-1', PortRange, CidrBlock }: NetworkAclEntry, preposition: string): string {
  const what = Protocol === '-1' ? 'everything' : (PROTOCOLS[Protocol] ?? `protocol ${Protocol}`);
  const ports = PortRange === undefined ? '' : ` ${PortRange.From}-${PortRange.To}`;
  return `${what}${ports} ${preposition} ${CidrBlock}`;
}
