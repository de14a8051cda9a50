import {
  CreateSubnetCommand,
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeSubnetsCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { asCloudError } from '../../engine/errors.ts';
import { judge } from '../../engine/owner.ts';
import { conformance } from '../conformance/conformance.ts';
import { NODE, type World } from '../conformance/world.ts';
import { type SubnetMarkDesired, subnetMarkAdaptor } from './subnet-mark.ts';
import { isGoodMark, type SubnetMarkState } from './subnet-mark-state.ts';
import { FRESH, makeVpc, SHARED } from './testing.ts';

const KEY = 'kubernetes.io/role/internal-elb';
const THEIRS = { Name: 'app-a', 'kubernetes.io/cluster/other': 'shared' };

interface Parts {
  readonly vpcId: string;
  readonly subnetId: string;
}

/** A subnet of somebody else's, with tags of its own. */
async function prepare({ scope }: World, vpc?: string, CidrBlock = '10.0.0.0/24'): Promise<Parts> {
  const vpcId = vpc ?? (await makeVpc({ scope } as World));
  const Tags = Object.entries(THEIRS).map(([Key, Value]) => ({ Key, Value }));
  const { Subnet } = await scope.ec2.send(
    new CreateSubnetCommand({
      VpcId: vpcId,
      CidrBlock,
      TagSpecifications: [{ ResourceType: 'subnet', Tags }],
    }),
  );
  return { vpcId, subnetId: Subnet?.SubnetId ?? '' };
}

const desiredOf = ({ vpcId, subnetId }: Parts): SubnetMarkDesired => ({ vpcId, subnetId, key: KEY });

async function setByHand({ scope }: World, subnetId: string, Value: string, Key = KEY) {
  await scope.ec2.send(new CreateTagsCommand({ Resources: [subnetId], Tags: [{ Key, Value }] }));
}

async function dropByHand({ scope }: World, subnetId: string, Key = KEY) {
  await scope.ec2.send(new DeleteTagsCommand({ Resources: [subnetId], Tags: [{ Key }] }));
}

async function tagsOn({ scope }: World, subnetId: string): Promise<Readonly<Record<string, string>>> {
  const { Subnets } = await scope.ec2.send(new DescribeSubnetsCommand({ SubnetIds: [subnetId] }));
  return Object.fromEntries((Subnets?.[0]?.Tags ?? []).map(tag => [tag.Key ?? '', tag.Value ?? '']));
}

conformance<SubnetMarkDesired, SubnetMarkState, Parts>(
  subnetMarkAdaptor,
  {
    prepare: world => prepare(world),
    name: world => `test/${world.unique}/subnet-mark`,
    desired: desiredOf,
    createdBy: 'CreateTags',
    fields: {},
    drift: {
      [KEY]: (world, _, { subnetId }) => dropByHand(world, subnetId),
    },
    rewritten: { 'a tag without a value': state => ({ ...state, value: '' }) },
    calls: { create: 3, drift: 1 },
  },
  bench => {
    async function place() {
      const world = await bench().world();
      const parts = await prepare(world);
      const desired = desiredOf(parts);
      /** As the environment of this name. */
      const as = (environment: string) => {
        const owner = { ...world.owner, environment, name: environment };
        const identity = world.identity({ owner });
        const find = async (of: SubnetMarkDesired | undefined, id?: string) =>
          (await subnetMarkAdaptor.find(world.scope, { ...identity, id }, { ...FRESH, desired: of }))[0];
        return {
          find: () => find(desired),
          create: () => subnetMarkAdaptor.create(world.scope, identity, desired, {}),
          async repair() {
            const found = await find(desired);
            if (found === undefined) throw new Error('not found');
            const changes = subnetMarkAdaptor.diff(desired, found.state, []);
            if (changes.length > 0) await subnetMarkAdaptor.update(world.scope, found, desired, changes);
            return changes.length;
          },
          /** As what is on record and no longer wanted. */
          async remove(id: string) {
            const found = await find(undefined, id);
            if (found === undefined) return false;
            if (found.tags === 'inherited' || judge(found.tags, owner, NODE, []).is !== 'ours')
              throw new Error('not taken for ours');
            await subnetMarkAdaptor.remove(world.scope, found, { desired: undefined, owner });
            return true;
          },
        };
      };
      return { world, parts, desired, as, tags: () => tagsOn(world, parts.subnetId) };
    }
    const users = (tags: Readonly<Record<string, string>>) =>
      Object.keys(tags).filter(key => key.startsWith('opta.dev/')).length;

    test('it is written with who uses it in one call, other tags stay, and it goes', async () => {
      const { world, as, tags } = await place();
      const calls = await world.calls(() => as('dev').create());
      expect(calls.filter(call => call.mutating)).toHaveLength(1);
      expect(await tags()).toEqual({
        ...THEIRS,
        [KEY]: '1',
        [Object.keys(await tags()).find(key => key.startsWith('opta.dev/')) ?? '']: 'made',
      });
      const found = await as('dev').find();
      await as('dev').remove(found?.id ?? '');
      expect(await tags()).toEqual(THEIRS);
    });

    test('one list serves all subnets of the VPC', async () => {
      const { world, parts, desired } = await place();
      const other = await prepare(world, parts.vpcId, '10.0.1.0/24');
      const look = (of: SubnetMarkDesired) =>
        subnetMarkAdaptor.find(world.scope, world.identity(), { ...SHARED, desired: of });
      const calls = await world.calls(() => Promise.all([look(desired), look(desiredOf(other))]));
      expect(calls.map(call => call.operation)).toEqual(['DescribeSubnets']);
    });

    describe('a subnet that is moved between the private and the public ones', () => {
      const PUBLIC = 'kubernetes.io/role/elb';
      async function moved(before?: string) {
        const { world, parts, desired, as, tags } = await place();
        if (before !== undefined) await setByHand(world, parts.subnetId, before, PUBLIC);
        const { id } = await as('dev').create();
        const wanted = { ...desired, key: PUBLIC };
        const identity = world.identity({ owner: { ...world.owner, environment: 'dev', name: 'dev' }, id });
        const move = async () => {
          const [found] = await subnetMarkAdaptor.find(world.scope, identity, { ...FRESH, desired: wanted });
          if (found === undefined) throw new Error('not found');
          const changes = subnetMarkAdaptor.diff(wanted, found.state, []);
          const calls = await world.calls(() =>
            subnetMarkAdaptor.update(world.scope, found, wanted, changes),
          );
          const writes = calls.filter(call => call.mutating).map(call => call.operation);
          return { id: found.id, fields: changes.map(change => change.field), writes };
        };
        return { as, tags, move, id };
      }

      test('gets the tag of its new place, and loses the old one', async () => {
        const { as, tags, move } = await moved();
        const { id, ...done } = await move();
        expect(done).toEqual({ fields: [PUBLIC, KEY], writes: ['CreateTags', 'DeleteTags'] });
        const after = await tags();
        expect([after[PUBLIC], after[KEY], users(after)]).toEqual(['1', undefined, 1]);
        expect((await move()).fields).toEqual([]);
        await as('dev').remove(id);
        expect(await tags()).toEqual(THEIRS);
      });

      test('keeps the old one for another environment, and uses what others put there', async () => {
        const { as, tags, move } = await moved('1');
        await as('other').create();
        const { id } = await move();
        const after = await tags();
        expect([after[PUBLIC], after[KEY], users(after)]).toEqual(['1', '1', 2]);
        expect((await move()).fields).toEqual([]);
        await as('dev').remove(id);
        expect(await tags()).toMatchObject({ [PUBLIC]: '1', [KEY]: '1' });
        expect(users(await tags())).toBe(1);
      });

      test('and is named no more before that was done leaves nothing', async () => {
        const { as, tags, id } = await moved();
        await as('dev').remove(id.replaceAll(KEY, PUBLIC));
        expect(await tags()).toEqual(THEIRS);
      });
    });

    describe('a tag that was there before', () => {
      test.each(['1', '', '0'])('is used and stays, with its value "%s"', async value => {
        const { world, parts, as, tags } = await place();
        await setByHand(world, parts.subnetId, value);
        expect(await as('dev').find()).toBeUndefined();
        const found = await as('dev').create();
        expect(isGoodMark(found.state)).toBe(value !== '0');
        expect(await as('dev').repair()).toBe(0);
        expect(await tags()).toMatchObject({ ...THEIRS, [KEY]: value });
        await as('dev').remove(found.id);
        expect(await tags()).toEqual({ ...THEIRS, [KEY]: value });
      });

      test('and is taken away by those who put it there is written anew, and is ours then', async () => {
        const { world, parts, as, tags } = await place();
        await setByHand(world, parts.subnetId, '1');
        const { id } = await as('dev').create();
        await dropByHand(world, parts.subnetId);
        expect(await as('dev').repair()).toBe(1);
        expect(await tags()).toMatchObject({ [KEY]: '1' });
        await as('dev').remove(id);
        expect(await tags()).toEqual(THEIRS);
      });
    });

    test('ours with a value that is none is written again; emptied by somebody it is as good, and not ours to take away', async () => {
      const { world, parts, as, tags } = await place();
      const { id } = await as('dev').create();
      await setByHand(world, parts.subnetId, 'no');
      expect(await as('dev').repair()).toBe(1);
      expect(await tags()).toMatchObject({ [KEY]: '1' });
      await setByHand(world, parts.subnetId, '');
      expect(await as('dev').repair()).toBe(0);
      await as('dev').remove(id);
      expect(await tags()).toEqual({ ...THEIRS, [KEY]: '' });
    });

    test('what somebody makes of it between look and removal stays', async () => {
      const { world, parts, as, tags } = await place();
      const found = await as('dev').create();
      await setByHand(world, parts.subnetId, 'theirs');
      await subnetMarkAdaptor.remove(world.scope, found, { desired: undefined, owner: world.owner });
      expect(await tags()).toEqual({ ...THEIRS, [KEY]: 'theirs' });
    });

    test('environments on one subnet have it together: it goes with the last', async () => {
      const { as, tags } = await place();
      const blue = await as('blue').create();
      const green = await as('green').create();
      expect(users(await tags())).toBe(2);
      await as('blue').remove(blue.id);
      expect(await tags()).toMatchObject({ [KEY]: '1' });
      expect(await as('green').repair()).toBe(0);
      await as('green').remove(green.id);
      expect(await tags()).toEqual(THEIRS);
    });

    test('and where it was there before the first of them it stays after the last', async () => {
      const { world, parts, as, tags } = await place();
      await setByHand(world, parts.subnetId, '1');
      const [blue, green] = [await as('blue').create(), await as('green').create()];
      await as('blue').remove(blue.id);
      await as('green').remove(green.id);
      expect(await tags()).toEqual({ ...THEIRS, [KEY]: '1' });
    });

    test.each<[string, (id: string, other: string) => string]>([
      ['a tag of the subnet', id => id.replace(KEY, 'Name')],
      ['another tag that ends alike', id => id.replace(KEY, 'example.com/internal-elb')],
      ['the use of another environment', (_, other) => other],
      ['a subnet that is not there', id => id.replace(/^subnet-\w+/, 'subnet-00000000')],
      ['no subnet', () => 'vpc-1|a|b'],
      ['nothing', () => ''],
    ])('a status that names %s removes nothing but the use of its own', async (_, forged) => {
      const { world, parts, as, tags } = await place();
      await setByHand(world, parts.subnetId, '1', 'example.com/internal-elb');
      await setByHand(world, parts.subnetId, '1', 'Name');
      const dev = await as('dev').create();
      // Nobody else uses it, unless that is what is forged.
      const other = forged(dev.id, '') === '' ? await as('other').create() : dev;
      const before = await tags();
      await as('dev').remove(forged(dev.id, other.id));
      const { [dev.id.split('|')[2] ?? '']: __, ...rest } = await tags();
      const { [dev.id.split('|')[2] ?? '']: ___, ...same } = before;
      expect(rest).toEqual(same);
    });

    test('where AWS refuses, nothing is there and it says who has to allow what', async () => {
      const { world, as, tags } = await place();
      world.gateway.addFault({ operation: 'CreateTags', fault: { kind: 'accessDenied' } });
      const error = await as('dev').create().catch(asCloudError);
      expect(error).toMatchObject({ class: 'Denied', message: expect.stringContaining('EC2:CreateTags') });
      expect(await tags()).toEqual(THEIRS);
    });
  },
);
