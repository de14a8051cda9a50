/** What resources of EC2 need around them, made past the adaptors. */
import {
  AllocateAddressCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  type ResourceType,
} from '@aws-sdk/client-ec2';
import type { FindContext } from '../../engine/adaptor.ts';
import type { Tags } from '../../engine/owner.ts';
import type { World } from '../conformance/world.ts';
import { tagSpecification } from './write.ts';

export const FRESH = { desired: undefined, recorded: [], freshness: 'fresh' } satisfies FindContext<never>;
export const SHARED = { ...FRESH, freshness: 'shared' } satisfies FindContext<never>;

/** The zones of eu-central-1, as the bench has them. */
export const ZONES = ['euc1-az2', 'euc1-az3', 'euc1-az1'] as const;

/** For a create by somebody else, who may have no tags at all. */
export function specification(type: ResourceType, tags: Tags | undefined) {
  return tags === undefined ? {} : { TagSpecifications: tagSpecification(type, tags) };
}

export async function makeVpc({ scope }: World, CidrBlock = '10.0.0.0/16'): Promise<string> {
  return (await scope.ec2.send(new CreateVpcCommand({ CidrBlock }))).Vpc?.VpcId ?? '';
}

/** With tags of the same object, as the parent of what is tested. */
export async function makeSubnet(world: World, VpcId: string, CidrBlock = '10.0.0.0/24'): Promise<string> {
  const TagSpecifications = tagSpecification('subnet', { ...world.tags(), 'opta.dev/node': 'subnet' });
  const command = new CreateSubnetCommand({ VpcId, CidrBlock, TagSpecifications });
  return (await world.scope.ec2.send(command)).Subnet?.SubnetId ?? '';
}

/** With tags of the same object, as the parent of what is tested. */
export async function makeRouteTable(world: World, VpcId: string): Promise<string> {
  const TagSpecifications = tagSpecification('route-table', { ...world.tags(), 'opta.dev/node': 'table' });
  const command = new CreateRouteTableCommand({ VpcId, TagSpecifications });
  return (await world.scope.ec2.send(command)).RouteTable?.RouteTableId ?? '';
}

export async function makeInternetGateway({ scope }: World, VpcId: string): Promise<string> {
  const { InternetGateway } = await scope.ec2.send(new CreateInternetGatewayCommand({}));
  const InternetGatewayId = InternetGateway?.InternetGatewayId ?? '';
  await scope.ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  return InternetGatewayId;
}

export async function makeAddress({ scope }: World): Promise<string> {
  return (await scope.ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }))).AllocationId ?? '';
}

/** In a VPC with an internet gateway. */
export async function makeNatGateway(world: World, SubnetId: string): Promise<string> {
  const AllocationId = await makeAddress(world);
  const { NatGateway } = await world.scope.ec2.send(new CreateNatGatewayCommand({ SubnetId, AllocationId }));
  return NatGateway?.NatGatewayId ?? '';
}
