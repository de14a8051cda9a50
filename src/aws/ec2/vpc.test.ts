import {
  AuthorizeSecurityGroupIngressCommand,
  CreateVpcCommand,
  DeleteVpcCommand,
  DescribeSecurityGroupsCommand,
  ModifyVpcAttributeCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { plantInterface } from '../../../hack/bench/aws/overlays/ec2/interfaces.ts';
import type { Found } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import type { AwsScope } from '../scope.ts';
import { FRESH, makeInternetGateway, makeSubnet, SHARED, specification } from './testing.ts';
import { type VpcDesired, type VpcState, vpcAdaptor } from './vpc.ts';

const DESIRED: VpcDesired = { cidr: '10.0.0.0/16', dnsSupport: true, dnsHostnames: true };

async function defaultGroup(world: World, vpcId: string) {
  const Filters = [
    { Name: 'vpc-id', Values: [vpcId] },
    { Name: 'group-name', Values: ['default'] },
  ];
  const { SecurityGroups } = await world.scope.ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
  return SecurityGroups?.[0];
}

function setAttribute(attribute: 'EnableDnsSupport' | 'EnableDnsHostnames', Value: boolean) {
  return (world: World, { id }: Found<VpcState>) =>
    world.scope.ec2.send(new ModifyVpcAttributeCommand({ VpcId: id, [attribute]: { Value } }));
}

conformance<VpcDesired, VpcState, undefined>(
  vpcAdaptor,
  {
    prepare: async () => undefined,
    desired: () => DESIRED,
    createdBy: 'CreateVpc',
    fields: {
      dnsHostnames: desired => ({ ...desired, dnsHostnames: false }),
      dnsSupport: desired => ({ ...desired, dnsHostnames: false, dnsSupport: false }),
    },
    drift: {
      dnsHostnames: setAttribute('EnableDnsHostnames', false),
      dnsSupport: setAttribute('EnableDnsSupport', false),
      async defaultGroupRules(world, { id }) {
        const GroupId = (await defaultGroup(world, id))?.GroupId;
        const IpPermissions = [
          { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
        ];
        await world.scope.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
      },
    },
    foreign: (world, _, tags) =>
      world.scope.ec2.send(new CreateVpcCommand({ CidrBlock: DESIRED.cidr, ...specification('vpc', tags) })),
    calls: { create: 2, drift: 4 },
  },
  bench => {
    async function made() {
      const world = await bench().world();
      const created = await vpcAdaptor.create(world.scope, world.identity(), DESIRED, world.tags('1'));
      const changes = vpcAdaptor.diff(DESIRED, created.state, []);
      const found = await vpcAdaptor.update(world.scope, created, DESIRED, changes);
      return { world, found, identity: world.identity({ id: found.id }) };
    }

    test('its default security group has no rules any more', async () => {
      const { world, found } = await made();
      const group = await defaultGroup(world, found.id);
      expect([group?.IpPermissions, group?.IpPermissionsEgress]).toEqual([[], []]);
    });

    test('another range is another VPC, at high risk', () => {
      const state = { ...DESIRED, state: 'available', defaultGroupRules: [] };
      expect(vpcAdaptor.diff({ ...DESIRED, cidr: '10.1.0.0/16' }, state, [])).toEqual([
        { field: 'cidr', from: '10.0.0.0/16', to: '10.1.0.0/16', risk: 'High', replace: true },
      ]);
    });

    test('DNS support comes before host names', async () => {
      const { world, found } = await made();
      const off = { ...DESIRED, dnsSupport: false, dnsHostnames: false };
      const { state } = await vpcAdaptor.update(
        world.scope,
        found,
        off,
        vpcAdaptor.diff(off, found.state, []),
      );
      const changes = vpcAdaptor.diff(DESIRED, state, []);
      expect(changes.map(change => change.field)).toEqual(['dnsSupport', 'dnsHostnames']);
      await vpcAdaptor.update(world.scope, { ...found, state }, DESIRED, changes.toReversed());
    });

    test('what holds it is named, with ids', async () => {
      const { world, found } = await made();
      const subnetId = await makeSubnet(world, found.id);
      const gateway = await makeInternetGateway(world, found.id);
      const { accountId, region } = world.scope;
      const planted = await plantInterface(world.gateway.bench, {
        accountId,
        region,
        subnetId,
        description: 'ELB net/k8s-web/50dc6c495c0c9188',
        interfaceType: 'network_load_balancer',
        requesterId: 'amazon-elb',
      });
      const remove = vpcAdaptor.remove(world.scope, found, { desired: DESIRED, owner: world.owner });
      await expect(remove).rejects.toMatchObject({
        class: 'Blocked',
        code: 'DependencyViolation',
        message: expect.stringContaining(subnetId),
        blockers: [
          { resource: `internet gateway ${gateway}`, reason: 'attached' },
          {
            resource: `network interface ${planted.id}`,
            reason: 'ELB net/k8s-web/50dc6c495c0c9188, in-use, made by amazon-elb',
          },
          { resource: `subnet ${subnetId}`, reason: 'still in the VPC' },
        ],
      });
    });

    test('a VPC that is held by what nobody here can list is told of with where to look', async () => {
      const { world, found } = await made();
      const refusal = new CloudError('Blocked', 'has dependencies', { code: 'DependencyViolation' });
      const send = (command: Parameters<typeof world.scope.ec2.send>[0]) =>
        command instanceof DeleteVpcCommand ? Promise.reject(refusal) : world.scope.ec2.send(command);
      const scope = { ...world.scope, ec2: { send } as unknown as AwsScope['ec2'] };
      const remove = vpcAdaptor.remove(scope, found, { desired: DESIRED, owner: world.owner });
      await expect(remove).rejects.toMatchObject({
        class: 'Blocked',
        code: 'DependencyViolation',
        message: expect.stringContaining(
          `aws ec2 describe-vpn-gateways --filters Name=attachment.vpc-id,Values=${found.id}`,
        ),
        blockers: [],
      });
    });

    test.each([
      ['of another object', true],
      ['of no VPC', false],
    ])('a recorded id %s is not believed: the tags tell', async (_, exists) => {
      const { world, found } = await made();
      const theirs = { ...world.tags('1'), 'opta.dev/name': 'another' };
      const other = await vpcAdaptor.create(world.scope, world.identity(), DESIRED, theirs);
      const id = exists ? other.id : 'vpc-0123456789abcdef0';
      for (const context of [FRESH, SHARED]) {
        const seen = await vpcAdaptor.find(world.scope, world.identity({ id }), context);
        expect(seen.map(one => one.id)).toEqual([found.id]);
      }
    });

    test.each(['arn:aws:s3:::x', 'subnet-0123456789abcdef0', 'vpc-*', 'http://169.254.169.254'])(
      'what is no id of a VPC is not asked for: %s',
      async id => {
        const { world, found } = await made();
        const calls = await world.calls(async () => {
          const seen = await vpcAdaptor.find(world.scope, world.identity({ id }), FRESH);
          expect(seen.map(one => one.id)).toEqual([found.id]);
        });
        expect(calls.map(call => call.resource).filter(resource => resource !== found.id)).toEqual(['', '']);
      },
    );

    test('one whose tags were taken away by hand is shown as it is', async () => {
      const { world, found, identity } = await made();
      await vpcAdaptor.tag?.(world.scope, found, {}, Object.keys(world.tags('1')));
      const [seen] = await vpcAdaptor.find(world.scope, identity, FRESH);
      expect(seen).toMatchObject({ id: found.id, tags: {} });
    });

    test('a second one of a lost answer comes to light at a later drift look', async () => {
      const { world, found, identity } = await made();
      const second = await vpcAdaptor.create(world.scope, world.identity(), DESIRED, world.tags('2'));
      const seen = await vpcAdaptor.find(world.scope, identity, SHARED);
      expect(seen.map(one => one.id)).toEqual([found.id, second.id]);
    });

    test('objects that look at the same moment share one list, to its last page', async () => {
      const { world } = await made();
      await vpcAdaptor.create(world.scope, world.identity(), DESIRED, world.tags('2'));
      world.gateway.addFault({ operation: 'DescribeVpcs', fault: { kind: 'pageSize', n: 1 } });
      const calls = await world.calls(async () => {
        const looks = Array.from({ length: 20 }, () =>
          vpcAdaptor.find(world.scope, world.identity(), SHARED),
        );
        for (const seen of await Promise.all(looks)) expect(seen).toHaveLength(2);
      });
      expect(calls.filter(call => call.operation === 'DescribeVpcs')).toHaveLength(2);
    });
  },
);
