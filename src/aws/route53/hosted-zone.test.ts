import {
  type Change,
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  type RRType,
  UpdateHostedZoneCommentCommand,
} from '@aws-sdk/client-route-53';
import { describe, expect, test } from 'vitest';
import { delegate } from '../../../hack/bench/aws/overlays/delegations.ts';
import { asCloudError } from '../../engine/errors.ts';
import { judge, type Tags } from '../../engine/owner.ts';
import { conformance } from '../conformance/conformance.ts';
import { NODE, type World } from '../conformance/world.ts';
import {
  callerReference,
  type HostedZoneDesired,
  type HostedZoneState,
  hostedZoneAdaptor,
} from './hosted-zone.ts';
import { zoneId } from './names.ts';
import { writeZoneTags } from './zone-tags.ts';

const desiredOf = (world: World): HostedZoneDesired => ({
  domain: `${world.unique}.example.com`,
  comment: 'OptaEnvironment test',
});

/** As another tool, or another object, would make it. */
async function zone(world: World, tags: object = {}, Name = desiredOf(world).domain): Promise<string> {
  const CallerReference = crypto.randomUUID();
  const { HostedZone } = await world.scope.route53.send(
    new CreateHostedZoneCommand({ Name, CallerReference }),
  );
  const id = zoneId(HostedZone?.Id ?? '');
  await writeZoneTags(world.scope.route53, id, { ...tags });
  return id;
}

conformance<HostedZoneDesired, HostedZoneState, void>(
  hostedZoneAdaptor,
  {
    prepare: async world => delegate(world.gateway, desiredOf(world).domain, []),
    desired: (_, world) => desiredOf(world),
    createdBy: 'CreateHostedZone',
    taggedBy: 'ChangeTagsForResource',
    fields: { comment: desired => ({ ...desired, comment: 'ü & <b>' }) },
    drift: {
      comment: (world, { id }) =>
        world.scope.route53.send(new UpdateHostedZoneCommentCommand({ Id: id, Comment: 'by hand' })),
    },
    foreign: (world, _, tags) => zone(world, tags),
    calls: { create: 4, drift: 2 },
  },
  bench => {
    const fresh = { recorded: [], freshness: 'fresh' } as const;

    async function made() {
      const world = await bench().world();
      const desired = desiredOf(world);
      const found = await hostedZoneAdaptor.create(world.scope, world.identity(), desired, world.tags());
      const options = { desired, owner: world.owner };
      return { world, desired, found, options };
    }

    test('its state has the name servers that its domain is to be delegated to', async () => {
      const { world, desired, found } = await made();
      const [seen] = await hostedZoneAdaptor.find(world.scope, world.identity(), { ...fresh, desired });
      expect(found.state.nameServers).toHaveLength(4);
      expect(seen?.state.nameServers).toEqual(found.state.nameServers);
    });

    test('another epoch is another zone, and other zones of the name are in nobody’s way', async () => {
      const { world, desired, found } = await made();
      await zone(world);
      await zone(world, { ...world.tags(), 'opta.dev/name': 'another' });
      const second = await hostedZoneAdaptor.create(world.scope, world.identity({ epoch: 2 }), desired, {
        ...world.tags(),
        'opta.dev/epoch': '2',
      });
      expect(second.id).not.toBe(found.id);
      const seen = await hostedZoneAdaptor.find(world.scope, world.identity(), { ...fresh, desired });
      expect(seen.map(one => one.id).sort()).toEqual([found.id, second.id].sort());
    });

    test('where the process ended before it was tagged, its caller reference says whose it is', async () => {
      const { world } = await made();
      const desired = { ...desiredOf(world), domain: `late-${world.unique}.example.com` };
      const identity = world.identity({ node: 'late' });
      await world.scope.route53.send(
        new CreateHostedZoneCommand({ Name: desired.domain, CallerReference: callerReference(identity) }),
      );
      const [bare] = await hostedZoneAdaptor.find(world.scope, identity, { ...fresh, desired });
      if (bare === undefined || bare.tags === 'inherited') throw new Error('not found');
      expect(judge(bare.tags, world.owner, 'late', []).is).toBe('previous');
      const again = await hostedZoneAdaptor.create(world.scope, identity, desired, world.tags());
      expect(again.id).toBe(bare.id);
      await hostedZoneAdaptor.tag?.(world.scope, bare, { 'opta.dev/uid': world.owner.uid }, []);
      const [tagged] = await hostedZoneAdaptor.find(world.scope, identity, { ...fresh, desired });
      if (tagged === undefined || tagged.tags === 'inherited') throw new Error('not found');
      expect(judge(tagged.tags, world.owner, 'late', []).is).toBe('ours');
      expect(tagged.state.untagged).toBe(false);
    });

    test('where the process ended between two calls of its tags, it is this object’s', async () => {
      const world = await bench().world();
      const desired = desiredOf(world);
      const many = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`tag-${index}`, `${index}`]));
      const tags = { ...many, ...world.tags() };
      world.gateway.addFault({
        operation: 'ChangeTagsForResource',
        nth: 2,
        fault: { kind: 'accessDenied' },
      });
      const create = hostedZoneAdaptor.create(world.scope, world.identity(), desired, tags);
      await expect(create).rejects.toMatchObject({ class: 'Denied' });
      const [found] = await hostedZoneAdaptor.find(world.scope, world.identity(), { ...fresh, desired });
      if (found === undefined || found.tags === 'inherited') throw new Error('not found');
      expect(judge(found.tags, world.owner, NODE, []).is).toBe('ours');
      expect(found.state.untagged).toBe(false);
      const again = await hostedZoneAdaptor.create(world.scope, world.identity(), desired, tags);
      expect(again.id).toBe(found.id);
    });

    describe('where one of its tags was taken off by hand', () => {
      async function without(key: string, set: Tags = {}) {
        const world = await bench().world();
        const desired = desiredOf(world);
        const made = await hostedZoneAdaptor.create(world.scope, world.identity(), desired, world.tags());
        await writeZoneTags(world.scope.route53, made.id, set, [key]);
        const look = () => hostedZoneAdaptor.find(world.scope, world.identity(), { ...fresh, desired });
        return { world, look };
      }

      const needed = ['installation', 'environment', 'kind', 'namespace', 'name', 'node', 'cluster', 'uid'];

      test.each(needed.map(name => `opta.dev/${name}`))(
        '%s: its caller reference says whose it is, and it is written again',
        async key => {
          const { world, look } = await without(key);
          const [found] = await look();
          if (found === undefined || found.tags === 'inherited') throw new Error('not found');
          expect(judge(found.tags, world.owner, NODE, []).is).toBe('previous');
          await hostedZoneAdaptor.tag?.(world.scope, found, { 'opta.dev/uid': world.owner.uid }, []);
          expect((await look())[0]?.tags).toEqual(world.tags());
        },
      );

      test.each([
        ['opta.dev/name', { 'opta.dev/environment': 'another' }],
        ['opta.dev/name', { 'opta.dev/uid': 'of-another' }],
        ['opta.dev/name', { 'opta.dev/cluster': 'another' }],
      ])('%s, and %o says that it passed on to another: it is left alone', async (key, set) => {
        const { look } = await without(key, set);
        expect(await look()).toEqual([]);
      });
    });

    test.each([
      ['named as gone', ['gone'], 'previous'],
      ['not named', [], 'foreign'],
    ] as const)('also that of another cluster, which is %s', async (_, takeOver, is) => {
      const { world } = await made();
      const desired = { ...desiredOf(world), domain: `gone-${is}-${world.unique}.example.com` };
      const identity = world.identity({ node: `gone-${is}` });
      const before = { ...identity, epoch: 2, owner: { ...identity.owner, cluster: 'gone', uid: 'before' } };
      await world.scope.route53.send(
        new CreateHostedZoneCommand({ Name: desired.domain, CallerReference: callerReference(before) }),
      );
      const [bare] = await hostedZoneAdaptor.find(world.scope, identity, { ...fresh, desired });
      if (bare === undefined || bare.tags === 'inherited') throw new Error('not found');
      expect(judge(bare.tags, world.owner, identity.node, takeOver).is).toBe(is);
      expect(bare.tags['opta.dev/epoch']).toBe('2');
      // Of another name it says nothing.
      const another = { ...identity, owner: { ...identity.owner, name: 'another' } };
      expect(await hostedZoneAdaptor.find(world.scope, another, { ...fresh, desired })).toEqual([]);
    });

    test('a caller reference is never taken again: its zone is gone, and the next epoch has another', async () => {
      const { world, desired, found } = await made();
      const of = { desired: undefined, owner: world.owner };
      await hostedZoneAdaptor.remove(world.scope, found, of);
      const again = hostedZoneAdaptor.create(world.scope, world.identity(), desired, world.tags());
      await expect(again).rejects.toMatchObject({ class: 'NotYet', tokenUsed: true });
      const tags = { ...world.tags(), 'opta.dev/epoch': '2' };
      const next = await hostedZoneAdaptor.create(world.scope, world.identity({ epoch: 2 }), desired, tags);
      expect(next.id).not.toBe(found.id);
    });

    test('somebody else’s caller reference says nothing', async () => {
      const { world } = await made();
      const desired = { ...desiredOf(world), domain: `other-${world.unique}.example.com` };
      const id = await zone(world, {}, desired.domain);
      const identity = world.identity({ id });
      expect(
        await hostedZoneAdaptor.find(world.scope, { ...identity, id: undefined }, { ...fresh, desired }),
      ).toEqual([]);
      const [recorded] = await hostedZoneAdaptor.find(world.scope, identity, { ...fresh, desired });
      expect(
        recorded && recorded.tags !== 'inherited' && judge(recorded.tags, world.owner, NODE, []).is,
      ).toBe('foreign');
    });

    test('more tags than a call takes are written in several', async () => {
      const { world, desired, found } = await made();
      const many = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`tag-${index}`, `${index}`]));
      await hostedZoneAdaptor.tag?.(world.scope, found, many, []);
      const [seen] = await hostedZoneAdaptor.find(world.scope, world.identity(), { ...fresh, desired });
      expect(seen?.tags).toMatchObject(many);
      await hostedZoneAdaptor.tag?.(world.scope, found, {}, Object.keys(many));
      const [bare] = await hostedZoneAdaptor.find(world.scope, world.identity(), { ...fresh, desired });
      expect(bare?.tags).toEqual(world.tags());
    });

    describe('with records that somebody else made', () => {
      const put = (Name: string, Type: RRType, Value: string): Change => ({
        Action: 'UPSERT',
        ResourceRecordSet: { Name, Type, TTL: 60, ResourceRecords: [{ Value }] },
      });

      test('it stays, and the message names them', async () => {
        const { world, desired, found, options } = await made();
        const Changes = [
          put(`www.${desired.domain}`, 'A', '192.0.2.1'),
          put(`www.${desired.domain}`, 'TXT', '"heritage=external-dns,external-dns/owner=me"'),
          put(`team.${desired.domain}`, 'NS', 'ns.example.net'),
        ];
        await world.scope.route53.send(
          new ChangeResourceRecordSetsCommand({ HostedZoneId: found.id, ChangeBatch: { Changes } }),
        );
        const error = await hostedZoneAdaptor.remove(world.scope, found, options).catch(asCloudError);
        expect(error).toMatchObject({
          class: 'Blocked',
          message: expect.stringContaining(`www.${desired.domain} A`),
          blockers: [
            { resource: `team.${desired.domain} NS` },
            { resource: `www.${desired.domain} A` },
            { resource: `www.${desired.domain} TXT`, reason: expect.stringContaining('external-dns') },
          ],
        });
        expect(
          await hostedZoneAdaptor.find(world.scope, world.identity(), { ...fresh, desired }),
        ).toHaveLength(1);
      });

      test('of many the first are named, and how many more there are', async () => {
        const { world, desired, found, options } = await made();
        const Changes = Array.from({ length: 30 }, (_, index) =>
          put(`a${index}.${desired.domain}`, 'A', '192.0.2.1'),
        );
        await world.scope.route53.send(
          new ChangeResourceRecordSetsCommand({ HostedZoneId: found.id, ChangeBatch: { Changes } }),
        );
        const error = await hostedZoneAdaptor.remove(world.scope, found, options).catch(asCloudError);
        if (error === undefined) throw new Error('it was removed');
        expect(error.blockers).toHaveLength(21);
        expect(error.blockers.at(-1)?.resource).toBe('10 further records');
      });
    });

    test('with key-signing keys it stays, and the message says how DNSSEC is ended', async () => {
      const { world, desired, found, options } = await made();
      delegate(world.gateway, desired.domain, []);
      const says = 'The specified hosted zone contains DNSSEC Key Signing Keys and so cannot be deleted.';
      world.gateway.addFault({
        operation: 'DeleteHostedZone',
        fault: { kind: 'serverError', status: 400, code: 'HostedZoneNotEmpty', message: says },
      });
      const todo = /remove the DS record of .*disable DNSSEC signing of Z.*delete its key-signing keys/;
      const error = await hostedZoneAdaptor.remove(world.scope, found, options).catch(asCloudError);
      expect(error).toMatchObject({
        class: 'Blocked',
        message: expect.stringMatching(todo),
        blockers: [{ resource: `DNSSEC of ${desired.domain}`, reason: expect.stringMatching(todo) }],
      });
      expect(error?.message).toContain(says);
      expect(error?.message).not.toContain('somebody else');
    });

    test('one that its domain is still delegated to is told of first, and goes a minute later', async () => {
      const { world, desired, found, options } = await made();
      delegate(world.gateway, desired.domain, [...found.state.nameServers.slice(1), 'ns.other.example.net']);
      const remove = () => hostedZoneAdaptor.remove(world.scope, found, { ...options, whole: true });
      const told = {
        class: 'Blocked',
        code: 'StillDelegated',
        retryAfterMs: 60_000,
        message: expect.stringMatching(/still delegated to it .*First of all remove the NS records of/),
        blockers: [{ resource: `delegation of ${desired.domain}` }],
      };
      const calls = await world.calls(() => expect(remove()).rejects.toMatchObject(told));
      expect(calls.filter(call => call.mutating)).toEqual([]);
      world.gateway.advanceClock(59);
      await expect(remove()).rejects.toMatchObject(told);
      world.gateway.advanceClock(1);
      await remove();
      expect(await hostedZoneAdaptor.find(world.scope, world.identity(), { ...fresh, desired })).toEqual([]);
    });

    test.each([
      ['to nobody', []],
      ['to others', ['ns.other.example.net']],
    ])('one of a domain that is delegated %s goes at once', async (_, servers) => {
      const { world, desired, found, options } = await made();
      delegate(world.gateway, desired.domain, servers);
      await hostedZoneAdaptor.remove(world.scope, found, { ...options, whole: true });
    });

    test.each([
      ['left the spec', undefined],
      ['is replaced', { domain: 'other.example.com', comment: '' }],
    ])('one that %s goes at once, since the plan that was approved told of it', async (_, next) => {
      const { world, desired, found, options } = await made();
      delegate(world.gateway, desired.domain, found.state.nameServers);
      await hostedZoneAdaptor.remove(world.scope, found, { ...options, desired: next, whole: false });
      expect([hostedZoneAdaptor.holdsData, hostedZoneAdaptor.lossOnRemoval]).toEqual([
        true,
        expect.stringContaining('remove its NS records'),
      ]);
    });

    test('an id that is none is not asked for', async () => {
      const { world, desired } = await made();
      const calls = await world.calls(async () => {
        await hostedZoneAdaptor.find(world.scope, world.identity({ id: '../change/C1' }), {
          ...fresh,
          desired,
        });
      });
      expect(calls.map(call => call.operation)).not.toContain('GetChange');
      expect(calls[0]?.operation).toBe('ListHostedZonesByName');
    });
  },
);
