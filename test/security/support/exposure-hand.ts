import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkAclEntryCommand,
  CreateSecurityGroupCommand,
  DeleteNetworkAclEntryCommand,
  DeleteSecurityGroupCommand,
  DescribeNetworkAclsCommand,
  DisassociateAddressCommand,
  type IpPermission,
  ModifyNetworkInterfaceAttributeCommand,
  ReleaseAddressCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import type { EnvironmentWorld } from './environment-world.ts';
import { subnetsOf } from './network-checks.ts';

/** What somebody did past the operator, by the id that people must be told; `undo` takes it back. */
interface Opened {
  readonly id: string;
  undo(): Promise<void>;
}

const SSH: IpPermission = {
  IpProtocol: 'tcp',
  FromPort: 22,
  ToPort: 22,
  IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'for a moment' }],
};

/** Somebody with all rights, who opens and shuts what the operator does not keep. */
export async function exposureByHand({ clients, state }: EnvironmentWorld) {
  const { ec2 } = clients;
  const { network, clusters } = await state();
  const clusterGroup = clusters[0]?.cluster.resourcesVpcConfig?.clusterSecurityGroupId ?? '';
  const inside = new Set(subnetsOf(network, 'private').map(one => one.SubnetId));
  const node = network.interfaces.find(
    one => inside.has(one.SubnetId) && one.Groups?.some(group => group.GroupId === clusterGroup) === true,
  );
  const NetworkInterfaceId = node?.NetworkInterfaceId ?? '';
  const VpcId = network.vpcs[0]?.VpcId;

  async function open(GroupId: string): Promise<Opened> {
    const of = { GroupId, IpPermissions: [SSH] };
    await ec2.send(new AuthorizeSecurityGroupIngressCommand(of));
    return {
      id: GroupId,
      undo: async () => void (await ec2.send(new RevokeSecurityGroupIngressCommand(of))),
    };
  }

  return {
    clusterGroup: () => open(clusterGroup),
    async groupOnNode(): Promise<Opened> {
      const made = await ec2.send(
        new CreateSecurityGroupCommand({ VpcId, GroupName: 'by-hand', Description: 'by hand' }),
      );
      const id = made.GroupId ?? '';
      await open(id);
      const set = (Groups: string[]) =>
        ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups }));
      await set([clusterGroup, id]);
      return {
        id,
        async undo() {
          await set([clusterGroup]);
          await ec2.send(new DeleteSecurityGroupCommand({ GroupId: id }));
        },
      };
    },
    async publicAddress(): Promise<Opened> {
      const { AllocationId } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
      const { AssociationId } = await ec2.send(
        new AssociateAddressCommand({ AllocationId, NetworkInterfaceId }),
      );
      return {
        id: NetworkInterfaceId,
        async undo() {
          await ec2.send(new DisassociateAddressCommand({ AssociationId }));
          await ec2.send(new ReleaseAddressCommand({ AllocationId }));
        },
      };
    },
    async acl(): Promise<Opened> {
      const Filters = [{ Name: 'vpc-id', Values: [VpcId ?? ''] }];
      const { NetworkAcls = [] } = await ec2.send(new DescribeNetworkAclsCommand({ Filters }));
      const id = NetworkAcls[0]?.NetworkAclId ?? '';
      const of = { NetworkAclId: id, RuleNumber: 10, Egress: false };
      await ec2.send(
        new CreateNetworkAclEntryCommand({
          ...of,
          Protocol: '6',
          PortRange: { From: 443, To: 443 },
          RuleAction: 'deny',
          CidrBlock: '0.0.0.0/0',
        }),
      );
      return { id, undo: async () => void (await ec2.send(new DeleteNetworkAclEntryCommand(of))) };
    },
  };
}
