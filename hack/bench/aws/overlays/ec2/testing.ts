/** What most tests of EC2's rules need: clients, and a network to try them on. */
import {
  AllocateAddressCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeNatGatewaysCommand,
  EC2Client,
  type NatGateway,
} from '@aws-sdk/client-ec2';
import { startTestBench, type TestBench } from '../testing.ts';

export const REGION = 'eu-central-1';
export const ACCOUNT = '111122223333';

export interface Ec2Bench extends TestBench {
  ec2: EC2Client;
}

export async function startEc2Bench(): Promise<Ec2Bench> {
  const bench = await startTestBench();
  return { ...bench, ec2: new EC2Client(bench.clientConfig(ACCOUNT)) };
}

export interface Network {
  vpcId: string;
  subnetId: string;
  internetGatewayId: string;
}

export async function makeVpc(ec2: EC2Client): Promise<string> {
  return (await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))).Vpc?.VpcId ?? '';
}

export async function makeSubnet(ec2: EC2Client, VpcId: string, CidrBlock = '10.0.0.0/24'): Promise<string> {
  return (await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock }))).Subnet?.SubnetId ?? '';
}

/** A VPC with a subnet and an attached internet gateway. */
export async function makeNetwork(ec2: EC2Client): Promise<Network> {
  const vpcId = await makeVpc(ec2);
  const subnetId = await makeSubnet(ec2, vpcId);
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const internetGatewayId = InternetGateway?.InternetGatewayId ?? '';
  await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: internetGatewayId, VpcId: vpcId }));
  return { vpcId, subnetId, internetGatewayId };
}

export async function makeAddress(ec2: EC2Client): Promise<string> {
  return (await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }))).AllocationId ?? '';
}

export async function makeNatGateway(
  ec2: EC2Client,
  SubnetId: string,
  AllocationId: string,
): Promise<NatGateway> {
  return (await ec2.send(new CreateNatGatewayCommand({ SubnetId, AllocationId }))).NatGateway ?? {};
}

export async function showNatGateway(ec2: EC2Client, id: string | undefined): Promise<NatGateway> {
  const command = new DescribeNatGatewaysCommand({ NatGatewayIds: [id ?? ''] });
  return (await ec2.send(command)).NatGateways?.[0] ?? {};
}
