/**
 * Network interfaces that AWS makes for its services: they hold subnets, groups and addresses as long as they are there.
 * The emulator has plain interfaces only, so the rest of what AWS shows of them is kept here.
 */
import { type Answer, type BenchContext, type Call, type Overlay, textField } from '../../overlay.ts';
import { childOf, element, parseXml, putChild, textAt, writeXml, type XmlElement } from '../../xml-tree.ts';
import type { Place } from '../questions.ts';
import { mustAsk, refuse } from './ask.ts';
import { type Filter, passes, takeFilters } from './filters.ts';

export interface Planted extends Place {
  subnetId: string;
  /** Default: the VPC's default group. */
  groupIds?: string[];
  /** `Interface for NAT Gateway nat-0a…`, `ELB net/web/50dc…`, `Amazon EKS shop`. */
  description: string;
  /** `nat_gateway`, `network_load_balancer`, `interface`… */
  interfaceType: string;
  /** Account or service that asked for it: `amazon-elb`. Absent: a person or the cluster's own node did. */
  requesterId?: string;
  /** Default `in-use`. */
  status?: 'in-use' | 'available';
  tags?: Readonly<Record<string, string>>;
  /** Elastic address to be put on it. */
  allocationId?: string;
}

interface Shown {
  interfaceType: string;
  requesterId: string | undefined;
  status: 'in-use' | 'available';
}

export interface PlantedInterface {
  id: string;
  privateIp: string;
  associationId: string | undefined;
}

function shownOf({ state }: BenchContext, { accountId, region }: Place): Map<string, Shown> {
  const key = `ec2:interfaces:${accountId}:${region}`;
  const known = state.get(key);
  if (known instanceof Map) return known;
  const fresh = new Map<string, Shown>();
  state.set(key, fresh);
  return fresh;
}

/** Makes an interface as a service of AWS would. For tests, and for the bench's models of such services. */
export async function plantInterface(bench: BenchContext, planted: Planted): Promise<PlantedInterface> {
  const fields: Record<string, string> = { SubnetId: planted.subnetId, Description: planted.description };
  for (const [index, id] of (planted.groupIds ?? []).entries()) fields[`SecurityGroupId.${index + 1}`] = id;
  const tags = Object.entries(planted.tags ?? {});
  if (tags.length > 0) fields['TagSpecification.1.ResourceType'] = 'network-interface';
  for (const [index, [key, value]] of tags.entries()) {
    fields[`TagSpecification.1.Tag.${index + 1}.Key`] = key;
    fields[`TagSpecification.1.Tag.${index + 1}.Value`] = value;
  }
  const made = childOf(await mustAsk(bench, planted, 'CreateNetworkInterface', fields), 'networkInterface');
  const id = textAt(made, 'networkInterfaceId');
  const { interfaceType, requesterId, status = 'in-use' } = planted;
  shownOf(bench, planted).set(id, { interfaceType, requesterId, status });
  const privateIp = textAt(made, 'privateIpAddress');
  if (planted.allocationId === undefined) return { id, privateIp, associationId: undefined };
  const associated = await mustAsk(bench, planted, 'AssociateAddress', {
    AllocationId: planted.allocationId,
    NetworkInterfaceId: id,
  });
  return { id, privateIp, associationId: textAt(associated, 'associationId') };
}

/** Takes it away again, with the association of its address. */
export async function uprootInterface(
  bench: BenchContext,
  place: Place,
  { id, associationId }: Pick<PlantedInterface, 'id' | 'associationId'>,
): Promise<void> {
  if (associationId !== undefined) {
    await mustAsk(bench, place, 'DisassociateAddress', { AssociationId: associationId });
  }
  await mustAsk(bench, place, 'DeleteNetworkInterface', { NetworkInterfaceId: id });
  shownOf(bench, place).delete(id);
}

/** Filters whose values the emulator does not know. */
const OWN_FILTERS = new Set([
  'status',
  'interface-type',
  'requester-id',
  'requester-managed',
  'attachment.status',
  'association.public-ip',
]);

const describe: Overlay = {
  service: 'ec2',
  operation: 'DescribeNetworkInterfaces',
  source:
    'VPC user guide, "NAT gateway basics"; EC2 user guide, "Requester-managed network interfaces"; EC2 API, NetworkInterface',
  async around(call, bench, next) {
    const filters = takeFilters(call, name => OWN_FILTERS.has(name));
    const answer = await next();
    return answer.status === 200 ? asShown(answer, shownOf(bench, call), filters) : answer;
  },
};

function asShown(answer: Answer, shown: Map<string, Shown>, filters: readonly Filter[]): Answer {
  if (shown.size === 0 && filters.length === 0) return answer;
  const root = parseXml(answer.body.toString('utf8'));
  const set = childOf(root, 'networkInterfaceSet');
  if (set === undefined) return answer;
  for (const item of set.children) decorate(item, shown.get(textAt(item, 'networkInterfaceId')));
  set.children = set.children.filter(item =>
    passes(filters, name => {
      if (name === 'attachment.status') return textAt(item, 'attachment', 'status');
      return textAt(
        item,
        name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
      );
    }),
  );
  return { ...answer, body: Buffer.from(writeXml(root), 'utf8') };
}

function decorate(item: XmlElement, shown: Shown | undefined): void {
  if (shown === undefined) return;
  const managed = shown.requesterId !== undefined;
  putChild(item, element('interfaceType', shown.interfaceType));
  putChild(item, element('requesterManaged', String(managed)));
  putChild(item, element('status', shown.status));
  if (shown.requesterId !== undefined) putChild(item, element('requesterId', shown.requesterId));
  if (shown.status === 'available') return;
  const attachment = [
    element('attachmentId', `ela-attach-${textAt(item, 'networkInterfaceId').slice('eni-'.length)}`),
    element('deviceIndex', '1'),
    element('instanceOwnerId', shown.requesterId ?? textAt(item, 'ownerId')),
    element('status', 'attached'),
    element('deleteOnTermination', 'false'),
  ];
  putChild(item, element('attachment', attachment));
}

const remove: Overlay = {
  service: 'ec2',
  operation: 'DeleteNetworkInterface',
  // "Error codes for the Amazon EC2 API" has InvalidNetworkInterface.InUse for it too, which only the call that attaches one says.
  source:
    'EC2 API, DeleteNetworkInterface: "You must detach the network interface before you can delete it"; code and text as ' +
    'those quote it who delete them in AWS (amazon-vpc-cni-k8s, cloud-nuke): InvalidParameterValue, "is currently in use"',
  before(call: Call, bench) {
    const id = textField(call, 'NetworkInterfaceId');
    if (shownOf(bench, call).get(id)?.status !== 'in-use') return undefined;
    return refuse(call, bench, 'InvalidParameterValue', `Network interface '${id}' is currently in use.`);
  },
};

export const interfaceOverlays: Overlay[] = [describe, remove];
