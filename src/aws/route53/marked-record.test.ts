import { CreateHostedZoneCommand, ListResourceRecordSetsCommand } from '@aws-sdk/client-route-53';
import { describe, expect, test } from 'vitest';
import type { Found } from '../../engine/adaptor.ts';
import { asCloudError } from '../../engine/errors.ts';
import { judge, type Owner } from '../../engine/owner.ts';
import { conformance } from '../conformance/conformance.ts';
import { NODE, type World } from '../conformance/world.ts';
import { type MarkedRecordState, markedRecordAdaptor } from './marked-record.ts';
import { zoneId } from './names.ts';
import type { RecordSetDesired } from './record-set.ts';
import {
  desiredIn,
  OF_SOMEBODY,
  RECORD_FIELDS,
  recordOf,
  SAID_OTHERWISE,
  writeByHand,
  type ZoneParts,
} from './testing/records.ts';

/** A zone of somebody else's: it has no tags of ours. */
async function prepare({ scope, unique }: World): Promise<ZoneParts> {
  const domain = `${unique}.example.com`;
  const command = new CreateHostedZoneCommand({ Name: domain, CallerReference: unique });
  const { HostedZone } = await scope.route53.send(command);
  return { zoneId: zoneId(HostedZone?.Id ?? ''), domain };
}

function isOurs(tags: Found['tags'], owner: Owner): boolean {
  return tags !== 'inherited' && judge(tags, owner, NODE, []).is === 'ours';
}

conformance<RecordSetDesired, MarkedRecordState, ZoneParts>(
  markedRecordAdaptor,
  {
    prepare,
    name: world => `test/${world.unique}/record`,
    desired: desiredIn,
    createdBy: 'ChangeResourceRecordSets',
    fields: RECORD_FIELDS,
    drift: {
      ttlSeconds: (world, { state }, { zoneId }) =>
        writeByHand(world, zoneId, { ...state.set, TTL: 5 } as never),
      values: (world, { state }, { zoneId }) =>
        writeByHand(world, zoneId, { ...state.set, ...OF_SOMEBODY } as never),
    },
    foreign: (world, _, __, parts) =>
      writeByHand(world, parts.zoneId, { ...recordOf(desiredIn(parts)), ...OF_SOMEBODY }),
    calls: { create: 3, drift: 1 },
  },
  bench => {
    const fresh = { recorded: [], freshness: 'fresh' } as const;

    async function place() {
      const world = await bench().world();
      const parts = await prepare(world);
      const desired = desiredIn(parts);
      const names = async () => {
        const { ResourceRecordSets = [] } = await world.scope.route53.send(
          new ListResourceRecordSetsCommand({ HostedZoneId: parts.zoneId }),
        );
        const own = ResourceRecordSets.filter(one => one.Type !== 'NS' && one.Type !== 'SOA');
        return own.map(one => one.Type).sort();
      };
      /** As the environment of this name. */
      const as = (environment: string) => {
        const owner = { ...world.owner, environment, name: environment };
        const identity = world.identity({ owner });
        return {
          find: async (of: RecordSetDesired | undefined = desired, id?: string) =>
            (await markedRecordAdaptor.find(world.scope, { ...identity, id }, { ...fresh, desired: of }))[0],
          create: () => markedRecordAdaptor.create(world.scope, identity, desired, {}),
          async remove(id: string) {
            const [found] = await markedRecordAdaptor.find(
              world.scope,
              { ...identity, id },
              { ...fresh, desired: undefined },
            );
            if (found !== undefined && isOurs(found.tags, owner))
              await markedRecordAdaptor.remove(world.scope, found, { desired: undefined, owner });
          },
        };
      };
      return { world, parts, desired, names, as };
    }

    test('is written with its mark, and goes with it', async () => {
      const { names, as } = await place();
      const { id } = await as('dev').create();
      expect(await names()).toEqual(['CNAME', 'TXT']);
      await as('dev').remove(id);
      expect(await names()).toEqual([]);
    });

    test('its mark has room for the longest name of an environment', async () => {
      const { world, parts, as } = await place();
      await as('n'.repeat(253)).create();
      const { ResourceRecordSets = [] } = await world.scope.route53.send(
        new ListResourceRecordSetsCommand({ HostedZoneId: parts.zoneId }),
      );
      const [mark = ''] = ResourceRecordSets.filter(one => one.Type === 'TXT').map(
        one => one.ResourceRecords?.[0]?.Value,
      );
      // Without the quotes.
      expect(mark.length - 2).toBeLessThanOrEqual(255);
      expect(mark).toMatch(/^"heritage=opta,opta\/owner=.*n,opta\/record=made"$/);
    });

    describe('a record that was there before', () => {
      test.each([
        ['in the same words', {}],
        ['with a last dot, in upper case', SAID_OTHERWISE],
      ])(
        'and says the same, %s, is used, and stays: another certificate of the name may need it',
        async (_, more) => {
          const { world, parts, desired, names, as } = await place();
          await writeByHand(world, parts.zoneId, { ...recordOf(desired), ...more });
          expect(await as('dev').find()).toBeUndefined();
          const { id } = await as('dev').create();
          expect(await names()).toEqual(['CNAME', 'TXT']);
          await as('dev').remove(id);
          expect(await names()).toEqual(['CNAME']);
        },
      );

      test('and says something else is somebody else’s', async () => {
        const { world, parts, desired, names, as } = await place();
        await writeByHand(world, parts.zoneId, { ...recordOf(desired), ...OF_SOMEBODY });
        const found = await as('dev').find();
        if (found === undefined || found.tags === 'inherited') throw new Error('taken for ours');
        expect(judge(found.tags, world.owner, NODE, []).is).toBe('foreign');
        const says = `${desired.name} CNAME says of-somebody.example.net: delete it, and it is made anew`;
        expect(found.whenForeign).toBe(says);
        expect(await as('dev').create().catch(asCloudError)).toMatchObject({
          class: 'Conflict',
          message: expect.stringContaining(says),
        });
        expect(await names()).toEqual(['CNAME']);
      });

      test('and is changed is told of and left alone; and taken away it is made again as ours', async () => {
        const { world, parts, desired, names, as } = await place();
        await writeByHand(world, parts.zoneId, recordOf(desired));
        const { id } = await as('dev').create();
        const strange = { ...recordOf(desired), ...OF_SOMEBODY };
        await writeByHand(world, parts.zoneId, strange);
        const found = await as('dev').find();
        if (found === undefined) throw new Error('not found');
        expect(markedRecordAdaptor.readiness(found.state)).toMatchObject({
          is: 'failed',
          message: expect.stringContaining('of-somebody.example.net'),
        });
        expect(markedRecordAdaptor.diff(desired, found.state, [])).toEqual([]);
        await writeByHand(world, parts.zoneId, strange, 'DELETE');
        const bare = await as('dev').find();
        if (bare === undefined) throw new Error('not found');
        const changes = markedRecordAdaptor.diff(desired, bare.state, []);
        expect(changes).toMatchObject([{ field: 'values' }]);
        await markedRecordAdaptor.update(world.scope, bare, desired, changes);
        expect((await as('dev').find())?.state.isMade).toBe(true);
        await as('dev').remove(id);
        expect(await names()).toEqual([]);
      });
    });

    test('environments of one domain have it together: it goes with the last', async () => {
      const { names, as } = await place();
      const { id } = await as('blue').create();
      await as('green').create();
      expect(await names()).toEqual(['CNAME', 'TXT', 'TXT']);
      await as('blue').remove(id);
      expect(await names()).toEqual(['CNAME', 'TXT']);
      await as('green').remove(id);
      expect(await names()).toEqual([]);
    });

    test('a status that names a record of somebody else’s removes nothing', async () => {
      const { world, parts, desired, names, as } = await place();
      await writeByHand(world, parts.zoneId, recordOf(desired));
      await as('dev').remove(`${parts.zoneId}|${desired.name}|CNAME`);
      expect(await names()).toEqual(['CNAME']);
      await as('green').create();
      await as('dev').remove(`${parts.zoneId}|${desired.name}|CNAME`);
      expect(await names()).toEqual(['CNAME', 'TXT']);
    });

    describe('on record in another place', () => {
      async function moving() {
        const { world, desired, names, as } = await place();
        const [record, { id }] = [
          await prepare({ ...world, unique: `b${world.unique}` }),
          await as('dev').create(),
        ];
        return { desired, names, as, id, wanted: desiredIn(record) };
      }

      test('it is to be replaced, and not forgotten', async () => {
        const { desired, names, as, id, wanted } = await moving();
        const old = await as('dev').find(wanted, id);
        if (old === undefined) throw new Error('forgotten');
        expect(old.id).toBe(id);
        expect(markedRecordAdaptor.diff(wanted, old.state, [])).toEqual([
          { field: 'zoneId', from: desired.zoneId, to: wanted.zoneId, risk: 'High', replace: true },
          { field: 'name', from: desired.name, to: wanted.name, risk: 'High', replace: true },
        ]);
        await as('dev').remove(old.id);
        expect(await names()).toEqual([]);
        expect(await as('dev').find(wanted, id)).toBeUndefined();
      });

      test('another name in the same zone is another place', async () => {
        const { desired, as, id } = await moving();
        const wanted = { ...desired, name: `_other.${desired.name}` };
        const old = await as('dev').find(wanted, id);
        expect(old && markedRecordAdaptor.diff(wanted, old.state, [])).toMatchObject([
          { field: 'name', replace: true },
        ]);
      });

      test('it is nobody’s here without its mark', async () => {
        const { as, id, wanted } = await moving();
        expect(await as('green').find(wanted, id)).toBeUndefined();
      });
    });

    test('changed between look and removal it is looked at again', async () => {
      const { world, parts, desired, as } = await place();
      const found = await as('dev').create();
      await writeByHand(world, parts.zoneId, { ...recordOf(desired), ...OF_SOMEBODY });
      const options = { desired, owner: world.owner };
      const error = await markedRecordAdaptor.remove(world.scope, found, options).catch(asCloudError);
      expect(error).toMatchObject({ class: 'Busy' });
    });
  },
);
