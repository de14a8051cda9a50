import type { EncryptedDisksDesired } from '../../aws/ec2/encrypted-disks.ts';
import type { LeftoversDesired, SweptDesired } from '../../aws/leftovers/swept.ts';
import type { HostedZoneState } from '../../aws/route53/hosted-zone.ts';
import type { LeftRecordsDesired } from '../../aws/route53/left-records.ts';
import type { GraphNode, Observations, Waiting } from '../../engine/graph.ts';
import { clusterName } from './cluster.ts';
import { subnetNodes } from './network.ts';
import { madeNetwork } from './network-spec.ts';
import { type Input, withArn, withId } from './node.ts';
import { EXISTING_ZONE } from './zone-source.ts';

/** The VPC that a cluster of this environment is in. */
interface Place {
  /** What is held by things in it. */
  readonly vpc: readonly string[];
  readonly parts: readonly string[];
  id(seen: Observations, make: (vpcId: string) => LeftoversDesired): LeftoversDesired | Waiting;
}

/**
 * What Services, Ingresses and nodes of the cluster left in the VPC: it holds subnets, groups and the way out. There
 * whatever the spec says by now of a cluster, for one that it had before left things too.
 */
export function leftoverNodes(input: Input): readonly GraphNode[] {
  return [...leftInNetwork(input), ...leftInZone(input), ...leftDisks(input), ...encryptedDisks(input)];
}

function leftInNetwork(input: Input): readonly GraphNode<LeftoversDesired>[] {
  const at = placeOf(input);
  if (at === undefined) return [];
  const { vpc, parts } = at;
  const swept = (id: string, type: string, dependsOn: readonly string[]) =>
    ({
      id,
      type,
      role: 'swept',
      leftBy: ['cluster'],
      dependsOn,
      desired: seen => at.id(seen, vpcId => ({ vpcId, clusterName: clusterName(input) })),
    }) satisfies GraphNode<LeftoversDesired>;
  const groups = 'left/security-groups';
  const interfaces = 'left/network-interfaces';
  const targets = 'left/target-groups';
  return [
    swept('left/load-balancers', 'elbv2/left-load-balancers', [targets, interfaces]),
    swept('left/classic-load-balancers', 'elb/left-load-balancers', [interfaces]),
    swept(targets, 'elbv2/left-target-groups', vpc),
    swept(interfaces, 'ec2/left-interfaces', [groups, ...parts]),
    swept(groups, 'ec2/left-security-groups', vpc),
  ];
}

/**
 * Undefined: there is none, or never was a cluster. One that was there already is never ours, and neither is what it
 * left: admission lets no environment change from one of its own to an existing one, or back.
 */
function placeOf(input: Input): Place | undefined {
  const { spec } = input;
  if (spec.kubernetes?.existing !== undefined) return undefined;
  if (madeNetwork(spec) !== undefined) {
    const subnets = [...subnetNodes(input, 'public'), ...subnetNodes(input, 'private')];
    return {
      vpc: ['vpc'],
      parts: ['internet-gateway', ...subnets],
      id: (seen, make) => withId(seen, 'vpc', make),
    };
  }
  const existing = spec.network?.enabled === false ? undefined : spec.network?.existing;
  if (existing === undefined) return undefined;
  return { vpc: [], parts: [], id: (_, make) => make(existing.vpcId) };
}

/**
 * What ExternalDNS wrote into the zone: in one of ours it holds it, in another's it would lead to what is somebody else's by
 * then. It says whose a record is by the owner that it runs with, which is to be the name of the cluster. One of ours may be
 * there still when the domain left the spec: its removal waits for a yes, and for these records.
 */
function leftInZone(input: Input): readonly GraphNode<LeftRecordsDesired>[] {
  const { dns, kubernetes } = input.spec;
  if (kubernetes?.existing !== undefined) return [];
  const of = { clusterName: clusterName(input) };
  const swept = { type: 'route53/left-records', role: 'swept', leftBy: ['cluster'] } as const;
  const own: GraphNode<LeftRecordsDesired> = {
    ...swept,
    id: 'left/records',
    dependsOn: ['zone'],
    desired: seen =>
      withId(seen, 'zone', zoneId => {
        const domain = seen.state<HostedZoneState>('zone')?.domain ?? '';
        return { ...of, zoneId, domain };
      }),
  };
  if (dns?.existingZoneId === undefined) return [own];
  const { domain, existingZoneId: zoneId } = dns;
  const desired = () => ({ ...of, zoneId, domain });
  return [own, { ...swept, id: `left/records/${EXISTING_ZONE}`, dependsOn: [EXISTING_ZONE], desired }];
}

/** They hold data of people's: named when the environment goes, and never removed. */
function leftDisks(input: Input): readonly GraphNode<SweptDesired>[] {
  if (placeOf(input) === undefined) return [];
  const desired = () => ({ clusterName: clusterName(input) });
  const node = { id: 'left/disks', type: 'ec2/left-disks', dependsOn: [], onlyNamed: true, desired } as const;
  return [{ ...node, role: 'swept', leftBy: ['cluster'] }];
}

/**
 * Whatever volumes and snapshots the key encrypts hold it where it would go with the environment. An environment without a
 * network never had nodes, and its operator may have no rights to look at EC2.
 */
function encryptedDisks({ spec }: Input): readonly GraphNode<EncryptedDisksDesired>[] {
  if (spec.encryption?.onDelete !== 'Schedule' || spec.network?.enabled === false) return [];
  const node: GraphNode<EncryptedDisksDesired> = {
    id: 'left/encrypted-disks',
    type: 'ec2/encrypted-disks',
    role: 'swept',
    leftBy: ['cluster'],
    dependsOn: ['key', 'alias'],
    desired: seen => withArn(seen, 'key', keyArn => ({ keyArn })),
  };
  return [node];
}
