/** Rules of security groups are revoked by what they allow, whatever is said of them. */
import { type Call, jsonInput, type Overlay, textField } from '../../overlay.ts';
import { textAt, type XmlElement } from '../../xml-tree.ts';
import { list, refuse } from './ask.ts';

const revoke: Overlay = {
  service: 'ec2',
  operation: ['RevokeSecurityGroupIngress', 'RevokeSecurityGroupEgress'],
  source:
    'EC2 API, RevokeSecurityGroupIngress: "If the security group rule has a description, you do not need to specify the description to revoke the rule"; "Error codes for the Amazon EC2 API": InvalidPermission.NotFound',
  async before(call, bench) {
    const wanted = permissionsOf(call);
    if (wanted.length === 0) return undefined;
    const filters = { 'group-id': textField(call, 'GroupId') };
    const all = await list(bench, call, 'DescribeSecurityGroupRules', 'securityGroupRuleSet', filters);
    const isEgress = String(call.operation === 'RevokeSecurityGroupEgress');
    const rules = all.filter(rule => textAt(rule, 'isEgress') === isEgress);
    const ids: string[] = [];
    for (const permission of wanted) {
      const rule = rules.find(one => keyOf(one) === permission);
      // A group that is not there is refused by the emulator.
      if (rule === undefined && all.length === 0) return undefined;
      if (rule === undefined) {
        const message = 'The specified rule does not exist in this security group.';
        return refuse(call, bench, 'InvalidPermission.NotFound', message);
      }
      ids.push(textAt(rule, 'securityGroupRuleId'));
    }
    const input = jsonInput(call);
    for (const field of Object.keys(input)) if (field.startsWith('IpPermissions.')) delete input[field];
    for (const [index, id] of ids.entries()) input[`SecurityGroupRuleId.${index + 1}`] = id;
    return undefined;
  },
};

function keyOf(rule: XmlElement): string {
  const peer =
    textAt(rule, 'cidrIpv4') ||
    textAt(rule, 'cidrIpv6') ||
    textAt(rule, 'prefixListId') ||
    textAt(rule, 'referencedGroupInfo', 'groupId');
  return key(textAt(rule, 'ipProtocol'), textAt(rule, 'fromPort'), textAt(rule, 'toPort'), peer);
}

function key(protocol: string, from: string, to: string, peer: string): string {
  return protocol === '-1' ? `-1 ${peer}` : `${protocol} ${from} ${to} ${peer}`;
}

const PEERS =
  /^IpPermissions\.(\d+)\.(?:IpRanges|Ipv6Ranges|PrefixListIds|Groups)\.\d+\.(?:CidrIp|CidrIpv6|PrefixListId|GroupId)$/;

function permissionsOf(call: Call): string[] {
  return Object.entries(jsonInput(call)).flatMap(([field, peer]) => {
    const index = PEERS.exec(field)?.[1];
    if (index === undefined) return [];
    const of = (name: string) => textField(call, `IpPermissions.${index}.${name}`);
    return [key(of('IpProtocol'), of('FromPort'), of('ToPort'), String(peer))];
  });
}

export const groupRuleOverlays: Overlay[] = [revoke];
