/** A domain that is delegated to another zone of the account. */
import { CreateHostedZoneCommand } from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AwsBench, startAwsBench, type World } from '../conformance/world.ts';
import type { NameServerAnswer } from './delegation.ts';
import { delegationAdaptor } from './delegation-check.ts';
import { domainName, zoneId } from './names.ts';
import { writeZoneTags } from './zone-tags.ts';

let bench: AwsBench;
beforeAll(async () => {
  bench = await startAwsBench();
});
afterAll(() => bench?.stop());

async function zone({ scope }: World, Name: string, tags = {}) {
  const CallerReference = crypto.randomUUID();
  const { HostedZone, DelegationSet } = await scope.route53.send(
    new CreateHostedZoneCommand({ Name, CallerReference }),
  );
  const id = zoneId(HostedZone?.Id ?? '');
  await writeZoneTags(scope.route53, id, tags);
  return { id, nameServers: (DelegationSet?.NameServers ?? []).map(domainName) };
}

/** Of a zone that was made second, for a domain that the world asks others for. */
async function look(world: World, domain: string, own: readonly string[], named: readonly string[]) {
  const nameServersOf = async (): Promise<NameServerAnswer> => ({ is: 'named', nameServers: named });
  const scope = { ...world.scope, nameServersOf };
  const desired = { domain, nameServers: own };
  const context = { desired, recorded: [], freshness: 'fresh' } as const;
  const found: Awaited<ReturnType<typeof delegationAdaptor.find>>[] = [];
  const calls = await world.calls(async () => {
    found.push(await delegationAdaptor.find(scope, world.identity(), context));
  });
  const state = found[0]?.[0]?.state;
  return { verdict: state?.verdict, message: state?.message ?? '', calls: calls.map(one => one.operation) };
}

async function setting() {
  const world = await bench.world();
  const domain = `${world.unique}.example.com`;
  const first = await zone(world, domain, { 'opta.dev/kind': 'OptaEnvironment', 'opta.dev/name': 'dev' });
  const second = await zone(world, domain);
  return { world, domain, first, second };
}

test('a domain that another zone of the account has is not to be taken from it unawares', async () => {
  const { world, domain, first, second } = await setting();
  const { verdict, message, calls } = await look(world, domain, second.nameServers, first.nameServers);
  expect(verdict).toBe('Elsewhere');
  expect(message).toContain(
    `delegated to hosted zone ${first.id} of this account, of OptaEnvironment dev: to use that, take spec.dns away and set it again with existingZoneId ${first.id}; or with a domain below ${domain}`,
  );
  expect(message.indexOf('set the name servers')).toBeGreaterThan(message.indexOf('Only where'));
  expect(calls.toSorted()).toEqual([
    'GetHostedZone',
    'GetHostedZone',
    'ListHostedZonesByName',
    'ListTagsForResource',
  ]);
});

test.each(['zone', 'registrar'])('nothing is asked, or said, where the %s has it', async whose => {
  const { world, domain, second } = await setting();
  const named = whose === 'zone' ? second.nameServers : ['ns1.registrar.example'];
  const { message, calls } = await look(world, domain, second.nameServers, named);
  expect(message).not.toContain('existingZoneId');
  expect(calls.filter(one => one === 'ListHostedZonesByName')).toHaveLength(whose === 'zone' ? 0 : 1);
});

test('who may not list zones is told what DNS says', async () => {
  const { world, domain, first, second } = await setting();
  world.gateway.addFault({ operation: 'ListHostedZonesByName', fault: { kind: 'accessDenied' } });
  const { message } = await look(world, domain, second.nameServers, first.nameServers);
  expect(message).toMatch(/is delegated to ns-.*set the name servers/);
});
