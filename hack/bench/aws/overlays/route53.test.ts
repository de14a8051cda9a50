import {
  type Change,
  ChangeResourceRecordSetsCommand,
  ChangeTagsForResourceCommand,
  CreateHostedZoneCommand,
  DeleteHostedZoneCommand,
  GetChangeCommand,
  GetHostedZoneCommand,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestBench, type TestBench } from './testing.ts';

const account = '111122223333';
let bench: TestBench;
let route53: Route53Client;

beforeAll(async () => {
  bench = await startTestBench();
  route53 = new Route53Client(bench.clientConfig(account));
});
beforeEach(() => bench.gateway.reset());
afterAll(() => bench.stop());

const create = (Name: string, CallerReference: string) =>
  route53.send(new CreateHostedZoneCommand({ Name, CallerReference }));

async function zone(Name = 'example.com'): Promise<string> {
  return (await create(Name, `reference of ${Name}`)).HostedZone?.Id ?? '';
}

const record = (Name: string, Type: ResourceRecordSet['Type'], Value: string): ResourceRecordSet => ({
  Name,
  Type,
  TTL: 300,
  ResourceRecords: [{ Value }],
});
const put = (Name: string, Type: ResourceRecordSet['Type'], Value: string): Change => ({
  Action: 'UPSERT',
  ResourceRecordSet: record(Name, Type, Value),
});
const change = (HostedZoneId: string, ...Changes: Change[]) =>
  route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }));

async function records(HostedZoneId: string): Promise<string[]> {
  const { ResourceRecordSets = [] } = await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId }));
  return ResourceRecordSets.map(one => `${one.Name} ${one.Type}`);
}

describe('a hosted zone', () => {
  test('is made once for a caller reference, also when it was deleted since', async () => {
    const { HostedZone, Location } = await create('example.com', 'one');
    expect(Location).toContain(HostedZone?.Id);
    const again = { name: 'HostedZoneAlreadyExists', $metadata: { httpStatusCode: 409 } };
    await expect(create('example.com', 'one')).rejects.toMatchObject(again);
    await expect(create('example.org', 'one')).rejects.toMatchObject(again);
    await route53.send(new DeleteHostedZoneCommand({ Id: HostedZone?.Id }));
    await expect(create('example.com', 'one')).rejects.toMatchObject(again);
    await create('example.com', 'two');
  });

  test('is made once for a caller reference that comes twice at a time', async () => {
    const made = await Promise.allSettled(Array.from({ length: 5 }, () => create('example.com', 'one')));
    expect(made.filter(one => one.status === 'fulfilled')).toHaveLength(1);
  });

  test('has name servers of its own, without dots in its delegation set and with them in its record', async () => {
    const Id = await zone();
    const other = await create('example.com', 'another');
    const { DelegationSet } = await route53.send(new GetHostedZoneCommand({ Id }));
    const servers = DelegationSet?.NameServers ?? [];
    expect(servers).toHaveLength(4);
    expect(servers.every(name => /^ns-\d+\.awsdns-\d\d\.(com|net|org|co\.uk)$/.test(name))).toBe(true);
    expect(other.DelegationSet?.NameServers).not.toEqual(servers);
    const { ResourceRecordSets } = await route53.send(
      new ListResourceRecordSetsCommand({ HostedZoneId: Id }),
    );
    const values = (type: string) =>
      ResourceRecordSets?.find(one => one.Type === type)?.ResourceRecords?.map(one => one.Value) ?? [];
    expect(values('NS')).toEqual(servers.map(name => `${name}.`));
    expect(values('SOA')[0]).toMatch(new RegExp(`^${servers[0]}\\. `));
  });

  test('with records of its own is not deleted', async () => {
    const Id = await zone();
    await change(Id, put('a.example.com', 'TXT', '"x"'));
    const remove = () => route53.send(new DeleteHostedZoneCommand({ Id }));
    await expect(remove()).rejects.toMatchObject({ name: 'HostedZoneNotEmpty' });
    await change(Id, { Action: 'DELETE', ResourceRecordSet: record('a.example.com', 'TXT', '"x"') });
    await remove();
    await expect(remove()).rejects.toMatchObject({ name: 'NoSuchHostedZone' });
  });

  test('is listed by its reversed name, page by page', async () => {
    for (const name of ['b.com', 'z.a.com', 'a.com', 'a.org']) await zone(name);
    const seen: (string | undefined)[] = [];
    let from: { DNSName?: string | undefined; HostedZoneId?: string | undefined } | undefined = {
      DNSName: 'a.com',
    };
    while (from !== undefined) {
      const page: Awaited<ReturnType<typeof list>> = await list(from);
      seen.push(...(page.HostedZones ?? []).map(one => one.Name));
      from = page.IsTruncated
        ? { DNSName: page.NextDNSName, HostedZoneId: page.NextHostedZoneId }
        : undefined;
    }
    expect(seen).toEqual(['a.com.', 'z.a.com.', 'b.com.', 'a.org.']);
  });
});

const list = (from: { DNSName?: string | undefined; HostedZoneId?: string | undefined }) =>
  route53.send(new ListHostedZonesByNameCommand({ ...from, MaxItems: 1 }));

test('ten tags at a time are taken, and no empty list', async () => {
  const ResourceId = (await zone()).replace('/hostedzone/', '');
  const tag = (count: number) =>
    route53.send(
      new ChangeTagsForResourceCommand({
        ResourceType: 'hostedzone',
        ResourceId,
        AddTags: Array.from({ length: count }, (_, index) => ({ Key: `k${index}`, Value: 'v' })),
      }),
    );
  await expect(tag(11)).rejects.toMatchObject({ name: 'InvalidInput' });
  await expect(tag(0)).rejects.toMatchObject({ name: 'InvalidInput' });
  await tag(10);
});

test('a change is pending until all name servers have it', async () => {
  const Id = await zone();
  const { ChangeInfo } = await change(Id, put('a.example.com', 'TXT', '"x"'));
  const status = async () =>
    (await route53.send(new GetChangeCommand({ Id: ChangeInfo?.Id }))).ChangeInfo?.Status;
  expect([ChangeInfo?.Status, await status(), await status()]).toEqual(['PENDING', 'PENDING', 'PENDING']);
  bench.gateway.advanceClock(31);
  expect(await status()).toBe('INSYNC');
});

test('names are kept in lower case with a dot, asterisks as octal code, however they are written', async () => {
  const Id = await zone();
  await change(Id, put('*.Example.COM', 'A', '192.0.2.1'));
  await change(Id, put('\\052.example.com.', 'A', '192.0.2.2'));
  expect(await records(Id)).toEqual(['example.com. NS', 'example.com. SOA', '\\052.example.com. A']);
  const { ResourceRecordSets } = await route53.send(
    new ListResourceRecordSetsCommand({
      HostedZoneId: Id,
      StartRecordName: '*.EXAMPLE.com',
      StartRecordType: 'A',
      MaxItems: 1,
    }),
  );
  expect(ResourceRecordSets?.[0]?.ResourceRecords).toEqual([{ Value: '192.0.2.2' }]);
});

describe('a change batch is refused as a whole that has', () => {
  test.each<[string, Change[], RegExp]>([
    [
      'a name outside of the zone',
      [put('a.example.org', 'A', '192.0.2.1')],
      /not permitted in zone example.com./,
    ],
    [
      'a name that only ends like the zone',
      [put('notexample.com', 'A', '192.0.2.1')],
      /not permitted in zone/,
    ],
    ['an alias name at the apex', [put('example.com', 'CNAME', 'b.example.com')], /apex/],
    ['an alias name beside another record', [put('a.example.com', 'CNAME', 'b.example.com')], /conflicts/],
    ['another record beside an alias name', [put('c.example.com', 'A', '192.0.2.1')], /conflicts/],
  ])('%s', async (_, changes, message) => {
    const Id = await zone();
    await change(Id, put('a.example.com', 'A', '192.0.2.1'), put('c.example.com', 'CNAME', 'd.example.com'));
    const before = await records(Id);
    const refused = change(Id, put('fine.example.com', 'A', '192.0.2.1'), ...changes);
    await expect(refused).rejects.toMatchObject({
      name: 'InvalidChangeBatch',
      message: expect.stringMatching(message),
    });
    expect(await records(Id)).toEqual(before);
  });

  test.each(['NS', 'SOA'])('the deletion of the %s record of the zone itself', async type => {
    const Id = await zone();
    const { ResourceRecordSets } = await route53.send(
      new ListResourceRecordSetsCommand({ HostedZoneId: Id }),
    );
    const own = ResourceRecordSets?.find(one => one.Type === type);
    await expect(change(Id, { Action: 'DELETE', ResourceRecordSet: own })).rejects.toMatchObject({
      name: 'InvalidChangeBatch',
    });
  });

  test('but an alias name takes the place of another record within one', async () => {
    const Id = await zone();
    await change(Id, put('a.example.com', 'A', '192.0.2.1'));
    await change(
      Id,
      { Action: 'DELETE', ResourceRecordSet: record('a.example.com', 'A', '192.0.2.1') },
      put('a.example.com', 'CNAME', 'b.example.com'),
    );
    expect(await records(Id)).toContain('a.example.com. CNAME');
  });
});
