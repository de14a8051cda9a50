import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { plantInterface } from '../../../hack/bench/aws/overlays/ec2/interfaces.ts';
import type { Found } from '../../engine/adaptor.ts';
import { asCloudError } from '../../engine/errors.ts';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import type { Rule } from './rules.ts';
import {
  type SecurityGroupDesired,
  type SecurityGroupState,
  securityGroupAdaptor,
} from './security-group.ts';
import { FRESH, makeSubnet, makeVpc, specification } from './testing.ts';

interface Parts {
  readonly vpcId: string;
  readonly peerId: string;
}

async function makeGroup({ scope }: World, VpcId: string, GroupName: string): Promise<string> {
  const command = new CreateSecurityGroupCommand({ VpcId, GroupName, Description: 'peer' });
  return (await scope.ec2.send(command)).GroupId ?? '';
}

const POSTGRES: Rule = {
  protocol: 'tcp',
  fromPort: 5432,
  toPort: 5432,
  peer: '10.0.0.0/16',
  description: 'PostgreSQL from the VPC',
};

const desiredOf = ({ vpcId }: Parts): SecurityGroupDesired => ({
  vpcId,
  description: 'Postgres of the environment shop',
  ingress: [POSTGRES],
  egress: [],
});

const anywhere = [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];

conformance<SecurityGroupDesired, SecurityGroupState, Parts>(
  securityGroupAdaptor,
  {
    async prepare(world) {
      const vpcId = await makeVpc(world);
      return { vpcId, peerId: await makeGroup(world, vpcId, 'peer') };
    },
    name: world => `opta-${world.unique}-postgres`,
    desired: desiredOf,
    createdBy: 'CreateSecurityGroup',
    fields: {
      ingress: (desired, { peerId }) => ({
        ...desired,
        ingress: [
          { ...POSTGRES, peer: peerId },
          { protocol: '-1', peer: 'self' },
          { protocol: 'udp', fromPort: 53, peer: '2001:db8::/32' },
          { ...POSTGRES, peer: '10.1.0.0/16' },
          { ...POSTGRES, peer: '10.2.0.0/16' },
        ],
      }),
      egress: desired => ({ ...desired, egress: [{ ...POSTGRES, fromPort: 443, toPort: 443 }] }),
    },
    drift: {
      ingress: (world, { id: GroupId }) =>
        world.scope.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: anywhere })),
      egress: (world, { id: GroupId }) =>
        world.scope.ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions: anywhere })),
    },
    rewritten: {
      'rules in another order and without their descriptions': state => ({
        ...state,
        ingress: state.ingress.map(rule => ({ ...rule, description: 'by hand' })).reverse(),
      }),
    },
    foreign: (world, GroupName, tags, { vpcId: VpcId }) =>
      world.scope.ec2.send(
        new CreateSecurityGroupCommand({
          GroupName,
          Description: 'theirs',
          VpcId,
          ...specification('security-group', tags),
        }),
      ),
    calls: { create: 3, drift: 1 },
  },
  bench => {
    async function made(
      change: (desired: SecurityGroupDesired, parts: Parts) => SecurityGroupDesired = d => d,
    ) {
      const world = await bench().world();
      const vpcId = await makeVpc(world);
      const parts = { vpcId, peerId: await makeGroup(world, vpcId, 'peer') };
      const desired = change(desiredOf(parts), parts);
      const identity = world.identity({ name: 'postgres' });
      const created = await securityGroupAdaptor.create(world.scope, identity, desired, world.tags());
      const update = (from: Found<SecurityGroupState>, to: SecurityGroupDesired) =>
        securityGroupAdaptor.update(world.scope, from, to, securityGroupAdaptor.diff(to, from.state, []));
      const found = await update(created, desired);
      return { world, parts, desired, identity, created, found, update };
    }

    test('what is new is opened before anything is shut, one rule a call', async () => {
      const { world, desired, found, update } = await made();
      const next = {
        ...desired,
        ingress: ['10.1.0.0/16', '10.2.0.0/16'].map(peer => ({ ...POSTGRES, peer })),
        egress: [POSTGRES],
      };
      const calls = await world.calls(() => update(found, next));
      expect(calls.map(call => call.operation)).toEqual([
        'AuthorizeSecurityGroupIngress',
        'AuthorizeSecurityGroupIngress',
        'AuthorizeSecurityGroupEgress',
        'RevokeSecurityGroupIngress',
      ]);
    });

    test('the egress that AWS gives a new group is taken away', async () => {
      const { world, identity } = await made();
      const [seen] = await securityGroupAdaptor.find(world.scope, identity, FRESH);
      expect(seen?.state.egress).toEqual([]);
    });

    test('a change that was cut off is done to its end when it is repeated', async () => {
      const { world, desired, identity, found, update } = await made();
      const next = { ...desired, ingress: [{ ...POSTGRES, peer: '10.1.0.0/16' }] };
      const GroupId = found.id;
      const ranges = (CidrIp: string) => [
        { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, IpRanges: [{ CidrIp }] },
      ];
      await world.scope.ec2.send(
        new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: ranges('10.1.0.0/16') }),
      );
      await world.scope.ec2.send(
        new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: ranges('10.0.0.0/16') }),
      );
      // Decided on what was there before.
      await update(found, next);
      const [seen] = await securityGroupAdaptor.find(world.scope, identity, FRESH);
      expect(seen && securityGroupAdaptor.diff(next, seen.state, [])).toEqual([]);
    });

    test('interfaces that have it, and groups that name it, are named', async () => {
      const { world, parts, desired, found } = await made();
      const subnetId = await makeSubnet(world, parts.vpcId);
      const { accountId, region } = world.scope;
      const planted = await plantInterface(world.gateway.bench, {
        accountId,
        region,
        subnetId,
        groupIds: [found.id],
        description: 'RDSNetworkInterface',
        interfaceType: 'interface',
        requesterId: 'amazon-rds',
      });
      const pair = { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: found.id }] };
      await world.scope.ec2.send(
        new AuthorizeSecurityGroupIngressCommand({ GroupId: parts.peerId, IpPermissions: [pair] }),
      );
      const remove = securityGroupAdaptor.remove(world.scope, found, { desired, owner: world.owner });
      await expect(remove).rejects.toMatchObject({
        class: 'Blocked',
        blockers: [
          {
            resource: `network interface ${planted.id}`,
            reason: 'RDSNetworkInterface, in-use, made by amazon-rds',
          },
          {
            resource: `security group ${parts.peerId}`,
            reason: expect.stringMatching(/^peer: .*, of account \d{12}, a rule of it names this one$/),
          },
        ],
      });
    });

    test('a range that AWS does not take is the spec to blame', async () => {
      const error = await made(desired => ({
        ...desired,
        ingress: [{ ...POSTGRES, peer: '10.0.0.0/99' }],
      })).catch(asCloudError);
      expect(error).toMatchObject({ class: 'Invalid' });
    });
  },
);
