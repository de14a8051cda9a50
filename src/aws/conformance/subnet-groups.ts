import { CreateSubnetCommand, CreateVpcCommand } from '@aws-sdk/client-ec2';
import { CreateServiceLinkedRoleCommand } from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { useSubnetGroup } from '../../../hack/bench/aws/overlays/subnet-groups/index.ts';
import { asCloudError, CloudError } from '../../engine/errors.ts';
import type { Tags } from '../../engine/owner.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import type { SubnetGroupDesired, SubnetGroupState } from '../subnet-group.ts';
import { conformance } from './conformance.ts';
import type { World } from './world.ts';

interface Parts {
  readonly vpcId: string;
  /** Each in a zone of its own. */
  readonly subnetIds: readonly string[];
}

async function prepare({ scope }: World): Promise<Parts> {
  await makeRoles(scope.iam);
  const { Vpc } = await scope.ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  const vpcId = Vpc?.VpcId ?? '';
  const subnetIds: string[] = [];
  for (const [index, zone] of ['a', 'b', 'c'].entries()) {
    const command = new CreateSubnetCommand({
      VpcId: vpcId,
      CidrBlock: `10.0.${index}.0/24`,
      AvailabilityZone: `${scope.region}${zone}`,
    });
    subnetIds.push((await scope.ec2.send(command)).Subnet?.SubnetId ?? '');
  }
  return { vpcId, subnetIds };
}

/** Without which neither service takes one; of the account, so the second time they are there. */
async function makeRoles(iam: World['scope']['iam']): Promise<void> {
  for (const AWSServiceName of ['rds.amazonaws.com', 'elasticache.amazonaws.com'])
    await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName })).catch(isTaken);
}

function isTaken(error: unknown): void {
  if (!(error instanceof CloudError) || error.code !== 'InvalidInputException') throw error;
}

/** What both kinds of subnet groups must do. `byHand` goes past the adaptor. */
export function subnetGroupConformance(
  adaptor: AwsAdaptor<SubnetGroupDesired, SubnetGroupState>,
  of: {
    readonly createdBy: string;
    /** How it fails with a subnet that the service does not know, and two minutes later. */
    readonly unseen: Partial<CloudError>;
    readonly missing: Partial<CloudError>;
    modify(world: World, name: string, change: Partial<SubnetGroupDesired>): Promise<unknown>;
    make(world: World, name: string, tags: Tags | undefined, subnetIds: readonly string[]): Promise<unknown>;
  },
): void {
  const desiredOf = ({ vpcId, subnetIds }: Parts): SubnetGroupDesired => ({
    vpcId,
    description: 'Private subnets of OptaEnvironment test',
    subnetIds: subnetIds.slice(0, 2),
  });

  conformance<SubnetGroupDesired, SubnetGroupState, Parts>(
    adaptor,
    {
      prepare,
      name: world => `opta-test-${world.unique}`,
      desired: desiredOf,
      createdBy: of.createdBy,
      fields: {
        description: desired => ({ ...desired, description: 'of test & <more>' }),
        subnetIds: (desired, { subnetIds }) => ({ ...desired, subnetIds }),
      },
      drift: {
        description: (world, { id }) => of.modify(world, id, { description: 'by hand' }),
        subnetIds: (world, { id }, { subnetIds }) => of.modify(world, id, { subnetIds }),
      },
      foreign: (world, name, tags, { subnetIds }) => of.make(world, name, tags, subnetIds),
      calls: { create: 2, drift: 2 },
    },
    bench => {
      async function made() {
        const world = await bench().world();
        const parts = await prepare(world);
        const desired = desiredOf(parts);
        const identity = world.identity({ name: `opta-test-${world.unique}` });
        const found = await adaptor.create(world.scope, identity, desired, world.tags());
        return { world, parts, desired, identity, found };
      }
      const fresh = { desired: undefined, recorded: [], freshness: 'fresh' } as const;

      test('all that are looked at in one moment are told from two lists, of groups and of tags', async () => {
        const { world, parts, desired, identity, found } = await made();
        const other = world.identity({ name: `other-${world.unique}` });
        await of.make(world, other.name ?? '', { team: 'orders' }, parts.subnetIds);
        const look = { desired, recorded: [], freshness: 'shared' } as const;
        const calls = await world.calls(async () => {
          expect(await adaptor.find(world.scope, identity, look)).toEqual([found]);
          expect(await adaptor.find(world.scope, identity, look)).toEqual([found]);
        });
        expect(calls).toHaveLength(2);
        // Not among those of the installation: its tags are asked for.
        const [seen] = await adaptor.find(world.scope, other, look);
        expect(seen?.tags).toEqual({ team: 'orders' });
      });

      test('it is found among more groups than one page holds', async () => {
        const { world, parts, desired, identity, found } = await made();
        for (const n of [1, 2]) await of.make(world, `a-${n}-${world.unique}`, undefined, parts.subnetIds);
        world.gateway.addFault({ fault: { kind: 'pageSize', n: 1 } });
        const look = { desired, recorded: [], freshness: 'shared' } as const;
        const calls = await world.calls(async () => {
          expect(await adaptor.find(world.scope, identity, look)).toEqual([found]);
        });
        world.gateway.clearFaults();
        const lists = calls.filter(({ operation }) => operation.startsWith('Describe'));
        expect(lists.length).toBeGreaterThan(2);
      });

      test('the order of subnets means nothing', async () => {
        const { desired, found } = await made();
        const other = { ...desired, subnetIds: [...desired.subnetIds].reverse() };
        expect(adaptor.diff(other, found.state, [])).toEqual([]);
      });

      test('in another VPC it is another one', async () => {
        const { desired, found } = await made();
        expect(adaptor.diff({ ...desired, vpcId: 'vpc-1' }, found.state, [])).toMatchObject([
          { field: 'vpcId', risk: 'High', replace: true },
        ]);
      });

      test('used by a store it stays, and the message says so', async () => {
        const { world, desired, identity, found } = await made();
        useSubnetGroup(world.gateway, found.arn ?? '', ['orders-db']);
        const error = await adaptor
          .remove(world.scope, found, { desired, owner: world.owner })
          .catch(asCloudError);
        expect(error).toMatchObject({
          class: 'Blocked',
          blockers: [{ reason: expect.stringContaining('orders-db') }],
        });
        expect(await adaptor.find(world.scope, identity, fresh)).toHaveLength(1);
      });

      test('where no name is on record its tags tell', async () => {
        const { world, parts, found } = await made();
        await of.make(world, `other-${world.unique}`, undefined, parts.subnetIds);
        const seen = await adaptor.find(world.scope, world.identity(), fresh);
        expect(seen.map(one => one.id)).toEqual([found.id]);
      });

      test.each(['create', 'update'] as const)(
        'subnets that EC2 has made a moment ago may not be known yet at %s: it is tried again',
        async how => {
          const { world, parts, desired: first, identity, found } = await made();
          const desired = { ...first, subnetIds: ['subnet-0123456789abcdef0', ...parts.subnetIds] };
          const another = { ...identity, name: `other-${world.unique}` };
          const write = () =>
            how === 'create'
              ? adaptor.create(world.scope, another, desired, world.tags())
              : adaptor.update(world.scope, found, desired, adaptor.diff(desired, found.state, []));
          expect(await write().catch(asCloudError)).toMatchObject(of.unseen);
          world.gateway.advanceClock(120);
          expect(await write().catch(asCloudError)).toMatchObject(of.missing);
        },
      );
    },
  );
}
