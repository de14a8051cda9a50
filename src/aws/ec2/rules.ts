import type { IpPermission } from '@aws-sdk/client-ec2';

/** One rule of a security group: one source or destination of one range of ports. */
export interface Rule {
  /** `tcp`, `udp`, `icmp`, or `-1` for all, which has no ports. */
  readonly protocol: string;
  readonly fromPort?: number;
  readonly toPort?: number;
  /** CIDR, id of a security group or of a prefix list, or `self`. */
  readonly peer: string;
  /** Written with the rule, and not compared: it changes nothing. */
  readonly description?: string;
  /**
   * The account of a security group, as AWS gave it: one of another account's VPC is found by both ("the values that you specify must
   * match the existing rule's values exactly", RevokeSecurityGroupIngress). Not compared: the id is nobody else's.
   */
  readonly userId?: string;
}

/** Equal for rules that AWS takes for one; also what a plan shows. */
export function ruleKey({ protocol, fromPort, toPort, peer }: Rule): string {
  const ports = protocol === '-1' || fromPort === undefined ? 'all' : `${fromPort}-${toPort ?? fromPort}`;
  return `${protocol} ${ports} ${peer}`;
}

/** AWS gathers rules of equal ports; this takes them apart. */
export function rulesOf(
  permissions: readonly IpPermission[] | undefined,
  ownGroupId: string,
): readonly Rule[] {
  const rules: Rule[] = [];
  for (const permission of permissions ?? []) {
    const { IpProtocol: protocol = '-1', FromPort, ToPort } = permission;
    const hasPorts = protocol !== '-1' && FromPort !== undefined;
    const ports = hasPorts ? { fromPort: FromPort, toPort: ToPort ?? FromPort } : {};
    const peers = [
      ...(permission.IpRanges ?? []).map(range => range.CidrIp),
      ...(permission.Ipv6Ranges ?? []).map(range => range.CidrIpv6),
      ...(permission.PrefixListIds ?? []).map(list => list.PrefixListId),
    ];
    for (const peer of peers) if (peer !== undefined) rules.push({ protocol, ...ports, peer });
    for (const { GroupId, UserId } of permission.UserIdGroupPairs ?? []) {
      if (GroupId === ownGroupId) rules.push({ protocol, ...ports, peer: 'self' });
      else if (GroupId !== undefined)
        rules.push({
          protocol,
          ...ports,
          peer: GroupId,
          ...(UserId === undefined ? {} : { userId: UserId }),
        });
    }
  }
  return rules;
}

export function permissionOf(
  { protocol, fromPort, toPort, peer, description, userId }: Rule,
  ownGroupId: string,
): IpPermission {
  const Description = description === undefined ? {} : { Description: description };
  const ports = fromPort === undefined ? {} : { FromPort: fromPort, ToPort: toPort ?? fromPort };
  const base = { IpProtocol: protocol, ...ports };
  if (peer === 'self' || peer.startsWith('sg-')) {
    const GroupId = peer === 'self' ? ownGroupId : peer;
    const UserId = userId === undefined ? {} : { UserId: userId };
    return { ...base, UserIdGroupPairs: [{ GroupId, ...UserId, ...Description }] };
  }
  if (peer.startsWith('pl-')) return { ...base, PrefixListIds: [{ PrefixListId: peer, ...Description }] };
  if (peer.includes(':')) return { ...base, Ipv6Ranges: [{ CidrIpv6: peer, ...Description }] };
  return { ...base, IpRanges: [{ CidrIp: peer, ...Description }] };
}

export function ruleKeys(rules: readonly Rule[]): readonly string[] {
  return [...new Set(rules.map(ruleKey))].sort();
}

/** Those of the first that the second lacks. */
export function without(rules: readonly Rule[], others: readonly Rule[]): readonly Rule[] {
  const known = new Set(others.map(ruleKey));
  return rules.filter(rule => !known.has(ruleKey(rule)));
}
