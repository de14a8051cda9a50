import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  DeleteHostedZoneCommand,
} from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AwsBench, startAwsBench, type World } from '../conformance/world.ts';
import { judgeDelegation } from './delegation.ts';
import { existingZoneAdaptor } from './existing-zone.ts';
import { zoneId } from './names.ts';

let bench: AwsBench;
beforeAll(async () => {
  bench = await startAwsBench();
});
afterAll(() => bench?.stop());

async function zone({ scope, unique }: World, Name: string, PrivateZone = false): Promise<string> {
  const vpc = PrivateZone ? { VPC: { VPCId: 'vpc-1', VPCRegion: scope.region as never } } : {};
  const of = { Name, CallerReference: `${unique}-${Name}`, HostedZoneConfig: { PrivateZone }, ...vpc };
  return zoneId((await scope.route53.send(new CreateHostedZoneCommand(of))).HostedZone?.Id ?? '');
}

async function look(world: World, id: string, domain: string) {
  const desired = { zoneId: id, domain };
  const context = { desired, recorded: [], freshness: 'fresh' } as const;
  const [found] = await existingZoneAdaptor.find(world.scope, world.identity(), context);
  if (found === undefined) throw new Error('nothing is told of it');
  return { state: found.state, readiness: existingZoneAdaptor.readiness(found.state) };
}

async function delegate({ scope }: World, HostedZoneId: string, Name: string, server: string) {
  const ResourceRecordSet = { Name, Type: 'NS' as const, TTL: 60, ResourceRecords: [{ Value: server }] };
  const ChangeBatch = { Changes: [{ Action: 'UPSERT' as const, ResourceRecordSet }] };
  await scope.route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch }));
}

test.each([
  ['of the domain', 'dev.example.com', 'dev.example.com'],
  ['above the domain', 'example.com', 'a.dev.example.com'],
])('a zone %s is used, and only read', async (_, name, domain) => {
  const world = await bench.world();
  const id = await zone(world, name);
  const calls = await world.calls(async () => {
    const { state, readiness } = await look(world, id, domain);
    expect(state).toMatchObject({ domain: name, problems: [] });
    expect(state.nameServers).toHaveLength(4);
    expect(readiness).toEqual({ is: 'ready' });
  });
  expect(calls.filter(one => one.mutating)).toEqual([]);
});

test.each<[string, string, (world: World) => Promise<string>, RegExp]>([
  [
    'is not there',
    'dev.example.com',
    async world => {
      const id = await zone(world, 'dev.example.com');
      await world.scope.route53.send(new DeleteHostedZoneCommand({ Id: id }));
      return id;
    },
    /Z\w+ does not exist in the account \d{12}/,
  ],
  [
    'is another account’s',
    'dev.example.com',
    async () => zone(await bench.world(), 'dev.example.com'),
    /Z\w+ does not exist in the account \d{12}/,
  ],
  ['is private', 'dev.example.com', world => zone(world, 'dev.example.com', true), /is a private zone/],
  [
    'has another name',
    'dev.example.com',
    world => zone(world, 'v.example.com'),
    /is the zone of v\.example\.com, and spec\.dns\.domain dev\.example\.com is neither that nor below it/,
  ],
  [
    'is below the domain',
    'example.com',
    world => zone(world, 'dev.example.com'),
    /spec\.dns\.domain example\.com is neither/,
  ],
  [
    'delegates the domain elsewhere',
    'a.dev.example.com',
    async world => {
      const id = await zone(world, 'example.com');
      await delegate(world, id, 'dev.example.com', 'ns-7.example.net');
      return id;
    },
    /delegates dev\.example\.com to ns-7\.example\.net, so that nobody asks it for a\.dev\.example\.com/,
  ],
])('a zone that %s is told of by field, with the way out', async (_, domain, prepare, says) => {
  const world = await bench.world();
  const { readiness } = await look(world, await prepare(world), domain);
  if (readiness.is !== 'failed') throw new Error(`it is ${readiness.is}`);
  expect(readiness.message).toMatch(says);
  expect(readiness.message).toMatch(/spec\.dns\.existingZoneId Z.*Take spec\.dns away and set it again/);
});

test('a delegation of another name below the zone is in nobody’s way', async () => {
  const world = await bench.world();
  const id = await zone(world, 'example.com');
  await delegate(world, id, 'test.example.com', 'ns-7.example.net');
  expect((await look(world, id, 'dev.example.com')).readiness).toEqual({ is: 'ready' });
});

test('a zone under white-label name servers is delegated to by these names, too', async () => {
  const world = await bench.world();
  const id = await zone(world, 'example.com');
  const given = (await look(world, id, 'dev.example.com')).state.nameServers;
  await delegate(world, id, 'example.com', 'ns1.brand.example.');
  const { nameServers } = (await look(world, id, 'dev.example.com')).state;
  expect(nameServers).toEqual([...given, 'ns1.brand.example']);
  const judged = (...named: string[]) =>
    judgeDelegation('example.com', nameServers, { is: 'named', nameServers: named }).verdict;
  expect([judged('ns1.brand.example'), judged(...given), judged('ns2.other.example')]).toEqual([
    'Delegated',
    'Delegated',
    'Elsewhere',
  ]);
});
