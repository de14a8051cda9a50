import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DescribeLaunchTemplateVersionsCommand,
  ModifyLaunchTemplateCommand,
  type RequestLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import type { Found } from '../../engine/adaptor.ts';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import {
  type LaunchTemplateDesired,
  type LaunchTemplateState,
  launchTemplateAdaptor,
} from './launch-template.ts';
import { FRESH, SHARED, specification } from './testing.ts';

const DATA = {
  MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1, HttpEndpoint: 'enabled' },
  BlockDeviceMappings: [
    {
      DeviceName: '/dev/xvda',
      Ebs: { VolumeSize: 50, VolumeType: 'gp3', Encrypted: true, DeleteOnTermination: true },
    },
  ],
  TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'team', Value: 'payments' }] }],
} satisfies RequestLaunchTemplateData;

function withDisk(VolumeSize: number): LaunchTemplateDesired {
  const BlockDeviceMappings = DATA.BlockDeviceMappings.map(one => ({
    ...one,
    Ebs: { ...one.Ebs, VolumeSize },
  })) as RequestLaunchTemplateData['BlockDeviceMappings'];
  return { data: { ...DATA, BlockDeviceMappings } };
}

function changeByHand(data: RequestLaunchTemplateData) {
  return async ({ scope }: World, { id: LaunchTemplateId }: Found<LaunchTemplateState>) => {
    const { LaunchTemplateVersion } = await scope.ec2.send(
      new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, LaunchTemplateData: data }),
    );
    const DefaultVersion = String(LaunchTemplateVersion?.VersionNumber);
    await scope.ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion }));
  };
}

conformance<LaunchTemplateDesired, LaunchTemplateState, undefined>(
  launchTemplateAdaptor,
  {
    prepare: async () => undefined,
    name: world => `opta-${world.unique}-nodes`,
    desired: () => ({ data: DATA }),
    createdBy: 'CreateLaunchTemplate',
    fields: {
      BlockDeviceMappings: () => withDisk(100),
      MetadataOptions: () => ({
        data: { ...DATA, MetadataOptions: { ...DATA.MetadataOptions, HttpPutResponseHopLimit: 2 } },
      }),
    },
    drift: {
      MetadataOptions: changeByHand({ ...DATA, MetadataOptions: { HttpTokens: 'optional' } }),
      TagSpecifications: changeByHand({ ...DATA, TagSpecifications: [] }),
      UserData: changeByHand({ ...DATA, UserData: 'IyEvYmluL3No' }),
      KeyName: changeByHand({ ...DATA, KeyName: 'somebody' }),
      ImageId: changeByHand({ ...DATA, ImageId: 'ami-0123456789abcdef0' }),
      InstanceType: changeByHand({ ...DATA, InstanceType: 't3.nano' }),
      SecurityGroupIds: changeByHand({ ...DATA, SecurityGroupIds: ['sg-0123456789abcdef0'] }),
      SecurityGroups: changeByHand({ ...DATA, SecurityGroups: ['open'] }),
      NetworkInterfaces: changeByHand({
        ...DATA,
        NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: true }],
      }),
      IamInstanceProfile: changeByHand({ ...DATA, IamInstanceProfile: { Name: 'administrators' } }),
    },
    rewritten: {
      "AWS's own defaults beside what is named": ({ defaultVersion, data }) => ({
        defaultVersion,
        data: { ...data, MetadataOptions: { ...data.MetadataOptions, State: 'applied' } },
      }),
    },
    foreign: (world, LaunchTemplateName, tags) =>
      world.scope.ec2.send(
        new CreateLaunchTemplateCommand({
          LaunchTemplateName,
          LaunchTemplateData: {},
          ...specification('launch-template', tags),
        }),
      ),
    calls: { create: 3, drift: 2 },
  },
  bench => {
    async function made() {
      const world = await bench().world();
      const identity = world.identity({ name: `nodes-${world.unique}` });
      const found = await launchTemplateAdaptor.create(world.scope, identity, { data: DATA }, world.tags());
      const update = (from: Found<LaunchTemplateState>, desired: LaunchTemplateDesired) =>
        launchTemplateAdaptor.update(
          world.scope,
          from,
          desired,
          launchTemplateAdaptor.diff(desired, from.state, []),
        );
      const versions = async () =>
        (
          await world.scope.ec2.send(
            new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: found.id }),
          )
        ).LaunchTemplateVersions?.map(one => one.VersionNumber ?? 0).sort((a, b) => a - b);
      return { world, identity, found, update, versions };
    }

    test('a change that was cut off before its version was the default one makes no other', async () => {
      const { found, update, versions, world, identity } = await made();
      world.gateway.addFault({ operation: 'ModifyLaunchTemplate', fault: { kind: 'resetBefore' } });
      await expect(update(found, withDisk(60))).rejects.toMatchObject({ class: 'Transient' });
      await update(found, withDisk(60));
      expect(await versions()).toEqual([1, 2]);
      const [seen] = await launchTemplateAdaptor.find(world.scope, identity, FRESH);
      expect(seen?.state.defaultVersion).toBe(2);
    });

    test.each([
      ['and the one that nodes have', 2, [2, 6, 7, 8, 9, 10, 11, 12, 13, 14]],
      ['which may be among them', 9, [5, 6, 7, 8, 9, 10, 11, 12, 13, 14]],
      ['and all others while it is not known what nodes have', undefined, undefined],
    ])('the newest ten versions stay, %s', async (_, inUse, expected) => {
      const { found, update, versions } = await made();
      const use = inUse === undefined ? {} : { inUse };
      let current = found;
      for (let disk = 51; disk <= 63; disk += 1)
        current = await update(current, { ...withDisk(disk), ...use });
      expect(current.state.defaultVersion).toBe(14);
      expect(await versions()).toEqual(expected ?? Array.from({ length: 14 }, (__, index) => index + 1));
    });

    test('other tags make another default version, and those of before serve the nodes that have them', async () => {
      const { found, update, world, identity } = await made();
      const { TagSpecifications: _, ...needed } = DATA;
      const tagged = (Value: string): LaunchTemplateDesired => ({
        data: { ...DATA, TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'team', Value }] }] },
        needed,
      });
      const sorted = (one: Found<LaunchTemplateState> | undefined) => [
        one?.state.defaultVersion,
        one?.state.fitting?.toSorted((a, b) => a - b),
      ];
      await update(found, withDisk(60));
      const current = await update(found, tagged('orders'));
      expect(sorted(current)).toEqual([3, [1, 3]]);
      expect(launchTemplateAdaptor.diff(tagged('orders'), current.state, [])).toEqual([]);
      expect(sorted(await update(current, tagged('payments')))).toEqual([1, [1, 3]]);
      for (const at of [FRESH, SHARED]) {
        const context = { ...at, desired: tagged('payments') };
        const [seen] = await launchTemplateAdaptor.find(world.scope, identity, context);
        expect(sorted(seen)).toEqual([1, [1, 3]]);
      }
    });

    test('the newest version that is as wanted becomes the default one again, and no other is made', async () => {
      const { found, update, versions, world, identity } = await made();
      for (let disk = 51; disk <= 53; disk += 1) await update(found, withDisk(disk));
      await changeByHand({ ...withDisk(53).data, UserData: 'IyEvYmluL3No' })(world, found);
      const [open] = await launchTemplateAdaptor.find(world.scope, identity, FRESH);
      expect(open?.state.defaultVersion).toBe(5);
      const back = await update(open ?? found, withDisk(53));
      expect(back.state.defaultVersion).toBe(4);
      expect(launchTemplateAdaptor.diff(withDisk(53), back.state, [])).toEqual([]);
      expect(await versions()).toEqual([1, 2, 3, 4, 5]);
      const [seen] = await launchTemplateAdaptor.find(world.scope, identity, FRESH);
      expect(seen?.state.defaultVersion).toBe(4);
    });

    test('which versions are as wanted is told, whatever the default one is', async () => {
      const { found, update, world, identity } = await made();
      await update(found, withDisk(60));
      await changeByHand({ ...DATA, Monitoring: { Enabled: true } })(world, found);
      const fitting = async (disk: number, at: typeof FRESH | typeof SHARED) => {
        const context = { ...at, desired: withDisk(disk) };
        const [seen] = await launchTemplateAdaptor.find(world.scope, identity, context);
        return [seen?.state.defaultVersion, seen?.state.fitting?.toSorted()];
      };
      for (const at of [FRESH, SHARED]) {
        expect(await fitting(50, at)).toEqual([3, [1, 3]]);
        expect(await fitting(60, at)).toEqual([3, [2]]);
        expect(await fitting(70, at)).toEqual([3, []]);
      }
    });

    test('all templates of a region cost two reads at a drift look', async () => {
      const { world, identity, found } = await made();
      const calls = await world.calls(async () => {
        const looks = Array.from({ length: 5 }, () =>
          launchTemplateAdaptor.find(world.scope, { ...identity, id: found.id }, SHARED),
        );
        expect((await Promise.all(looks)).flat()).toHaveLength(5);
      });
      expect(calls.map(call => call.operation)).toEqual([
        'DescribeLaunchTemplates',
        'DescribeLaunchTemplateVersions',
      ]);
    });
  },
);
