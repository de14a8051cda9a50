import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { describe, expect, test } from 'vitest';
import { asCloudError } from '../../engine/errors.ts';
import { judge } from '../../engine/owner.ts';
import { conformance } from '../conformance/conformance.ts';
import { NODE, type World } from '../conformance/world.ts';
import { hostedZoneAdaptor } from './hosted-zone.ts';
import { type RecordSetDesired, type RecordSetState, recordSetAdaptor } from './record-set.ts';
import {
  desiredIn,
  OF_SOMEBODY,
  RECORD_FIELDS,
  recordOf,
  SAID_OTHERWISE,
  writeByHand,
  type ZoneParts,
} from './testing/records.ts';

async function prepare(world: World): Promise<ZoneParts> {
  const domain = `${world.unique}.example.com`;
  const zone = { domain, comment: '' };
  const { id } = await hostedZoneAdaptor.create(world.scope, world.identity(), zone, world.tags());
  return { zoneId: id, domain };
}

async function byHand(
  world: World,
  desired: RecordSetDesired,
  more: Partial<ResourceRecordSet>,
  Action: 'UPSERT' | 'DELETE' = 'UPSERT',
) {
  await writeByHand(world, desired.zoneId, { ...recordOf(desired), ...more }, Action);
}

conformance<RecordSetDesired, RecordSetState, ZoneParts>(
  recordSetAdaptor,
  {
    prepare,
    name: world => `test/${world.unique}/record/validation`,
    desired: desiredIn,
    createdBy: 'ChangeResourceRecordSets',
    fields: RECORD_FIELDS,
    drift: {
      ttlSeconds: (world, _, parts) => byHand(world, desiredIn(parts), { TTL: 5 }),
      values: (world, _, parts) => byHand(world, desiredIn(parts), OF_SOMEBODY),
    },
    rewritten: {
      'a name without its last dot, in upper case': ({ place, set }) => ({
        place: { ...place, name: place.name.toUpperCase() },
        set: { ...set, Name: set.Name?.toUpperCase().replace(/\.$/, '') },
      }),
    },
    foreign: (world, _, __, parts) => byHand(world, desiredIn(parts), OF_SOMEBODY),
    calls: { create: 2, drift: 1 },
  },
  bench => {
    const fresh = { recorded: [], freshness: 'fresh' } as const;

    async function place(more: Partial<RecordSetDesired> = {}) {
      const world = await bench().world();
      const parts = await prepare(world);
      const desired = { ...desiredIn(parts), ...more };
      const find = (id?: string) =>
        recordSetAdaptor.find(world.scope, world.identity({ id }), { ...fresh, desired });
      const create = () => recordSetAdaptor.create(world.scope, world.identity(), desired, world.tags());
      const options = { desired, owner: world.owner };
      return { world, parts, desired, find, create, options };
    }

    describe('a record that was there before ours', () => {
      test.each([
        ['in the same words', {}],
        ['with a last dot, in upper case', SAID_OTHERWISE],
      ])('and says what ours would, %s, is taken for ours', async (_, more) => {
        const { world, desired, find, create } = await place();
        await byHand(world, desired, more);
        const [found] = await find();
        expect(found?.tags).toBe('inherited');
        expect(found && recordSetAdaptor.diff(desired, found.state, [])).toEqual([]);
        expect((await create()).tags).toBe('inherited');
      });

      test.each<[string, Partial<ResourceRecordSet>]>([
        ['says something else', OF_SOMEBODY],
        [
          'is an alias',
          {
            TTL: undefined,
            ResourceRecords: undefined,
            AliasTarget: { HostedZoneId: 'Z2', DNSName: 'lb.example.com', EvaluateTargetHealth: false },
          },
        ],
      ])('and %s is somebody else’s, and stays', async (_, more) => {
        const { world, desired, find, create } = await place({ type: 'A', values: ['192.0.2.1'] });
        await byHand(world, desired, more);
        const [found] = await find();
        if (found === undefined || found.tags === 'inherited') throw new Error('taken for ours');
        expect(judge(found.tags, world.owner, NODE, []).is).toBe('foreign');
        expect(found.whenForeign).toMatch(/^_validate\S+ A says \S+: delete it/);
        expect(await create().catch(asCloudError)).toMatchObject({
          class: 'Conflict',
          message: expect.stringContaining(found.whenForeign ?? '-'),
        });
        expect(await find()).toEqual([found]);
      });
    });

    test('on record as ours it is ours, whatever it says now', async () => {
      const { world, desired, find, create } = await place();
      const { id } = await create();
      await byHand(world, desired, OF_SOMEBODY);
      const [found] = await find(id);
      expect(found?.tags).toBe('inherited');
      expect(found && recordSetAdaptor.diff(desired, found.state, [])).toMatchObject([
        { field: 'values', from: ['of-somebody.example.net'] },
      ]);
    });

    describe('on record in another zone', () => {
      async function moving() {
        const { world, desired, create } = await place();
        const found = await create();
        const domain = `other.${world.unique}.example.com`;
        const zone = { domain, comment: '' };
        const identity = world.identity({ node: 'other' });
        const other = await hostedZoneAdaptor.create(world.scope, identity, zone, world.tags());
        const wanted = desiredIn({ zoneId: other.id, domain });
        const look = (owner = world.owner) =>
          recordSetAdaptor.find(world.scope, world.identity({ id: found.id, owner }), {
            ...fresh,
            desired: wanted,
          });
        return { world, desired, found, wanted, look };
      }

      test('of ours it is to be replaced, and is not changed', async () => {
        const { world, desired, found, wanted, look } = await moving();
        const [old] = await look();
        if (old === undefined || old.tags === 'inherited') throw new Error('not known by its zone');
        expect(judge(old.tags, world.owner, NODE, []).is).toBe('ours');
        expect(old.id).toBe(found.id);
        expect(recordSetAdaptor.diff(wanted, old.state, [])).toEqual([
          { field: 'zoneId', from: desired.zoneId, to: wanted.zoneId, risk: 'High', replace: true },
          { field: 'name', from: desired.name, to: wanted.name, risk: 'High', replace: true },
        ]);
      });

      test('of somebody else’s it hides nothing', async () => {
        const { world, look } = await moving();
        expect(await look({ ...world.owner, name: 'another' })).toEqual([]);
      });
    });

    test('an asterisk is found again, and values mean the same in any order', async () => {
      const values = ['"b"', '"a"'];
      const { find, create, desired } = await place({ type: 'TXT', values });
      await create();
      const [found] = await find();
      expect(found && recordSetAdaptor.diff({ ...desired, values: ['"a"', '"b"'] }, found.state, [])).toEqual(
        [],
      );
      const star = await place();
      const wild = {
        ...star.desired,
        name: `*.${star.parts.domain}`,
        type: 'A' as const,
        values: ['192.0.2.1'],
      };
      await recordSetAdaptor.create(star.world.scope, star.world.identity(), wild, star.world.tags());
      const again = await recordSetAdaptor.find(star.world.scope, star.world.identity(), {
        ...fresh,
        desired: wild,
      });
      expect(again.map(one => recordSetAdaptor.diff(wild, one.state, []))).toEqual([[]]);
    });

    test('changed between look and removal it is looked at again', async () => {
      const { world, desired, create, options } = await place();
      const found = await create();
      await byHand(world, desired, OF_SOMEBODY);
      const error = await recordSetAdaptor.remove(world.scope, found, options).catch(asCloudError);
      expect(error).toMatchObject({ class: 'Busy' });
    });

    test('only a zone’s id is asked for: a status can be written by others', async () => {
      const { world } = await place();
      const identity = world.identity({ id: '../../change/C1|a|A' });
      const calls = await world.calls(async () => {
        const context = { ...fresh, desired: undefined };
        expect(await recordSetAdaptor.find(world.scope, identity, context)).toEqual([]);
      });
      expect(calls).toEqual([]);
    });

    test('while another change of the zone is under way it waits', async () => {
      const { world, create } = await place();
      world.gateway.addFault({
        operation: 'ChangeResourceRecordSets',
        fault: { kind: 'throttle', code: 'PriorRequestNotComplete' },
      });
      expect(await create().catch(asCloudError)).toMatchObject({ class: 'Busy' });
    });
  },
);
