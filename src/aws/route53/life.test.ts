/** A domain with its certificate, from nothing to nothing, by the real engine in virtual time. */
import { ListCertificatesCommand } from '@aws-sdk/client-acm';
import { ChangeResourceRecordSetsCommand, ListHostedZonesCommand } from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JournalEntry } from '../../../hack/bench/aws/journal.ts';
import { delegate } from '../../../hack/bench/aws/overlays/delegations.ts';
import type { GraphNode } from '../../engine/graph.ts';
import { createMemory } from '../../engine/memory.ts';
import type { PassResult } from '../../engine/pass.ts';
import type { CertificateDesired } from '../acm/certificate.ts';
import type { CertificateState } from '../acm/certificate-state.ts';
import { isGone, isReady, type Life, livesOf, newLife } from '../conformance/life.ts';
import { type AwsBench, startAwsBench } from '../conformance/world.ts';
import type { Delegation } from './delegation.ts';
import type { DelegationDesired } from './delegation-check.ts';
import type { HostedZoneDesired, HostedZoneState } from './hosted-zone.ts';
import type { RecordSetDesired } from './record-set.ts';

let bench: AwsBench;
beforeAll(async () => {
  bench = await startAwsBench();
});
afterAll(() => bench?.stop());

interface OwnLife extends Life {
  readonly domain: string;
  withoutCertificate?: true;
  withoutDns?: true;
}

async function begin(): Promise<OwnLife> {
  const world = await bench.world();
  const domain = `${world.unique}.example.com`;
  delegate(bench.gateway, domain, []);
  return { ...newLife(world), domain };
}

function graphOf({ world, domain, withoutCertificate, withoutDns }: OwnLife): readonly GraphNode[] {
  if (withoutDns) return [];
  const node = <D>(of: GraphNode<D>) => of as GraphNode;
  const all = [
    node<HostedZoneDesired>({
      id: 'zone',
      type: 'route53/hosted-zone',
      dependsOn: [],
      desired: () => ({ domain, comment: 'OptaEnvironment test' }),
    }),
    node<DelegationDesired>({
      id: 'delegation',
      type: 'route53/delegation',
      role: 'watched',
      dependsOn: [],
      desired(seen) {
        const zone = seen.state<HostedZoneState>('zone');
        return zone === undefined
          ? { waitingFor: 'zone', node: 'zone' }
          : { domain, nameServers: zone.nameServers };
      },
    }),
    node<CertificateDesired>({
      id: 'certificate',
      type: 'acm/certificate',
      dependsOn: ['zone'],
      goesBefore: ['record/validation'],
      desired(seen) {
        const delegation = seen.state<Delegation>('delegation');
        if (delegation?.verdict !== 'Delegated' && seen.id('certificate') === undefined)
          return { waitingFor: `the delegation of ${domain}` };
        return { domain, alternativeNames: [`*.${domain}`] };
      },
    }),
    node<RecordSetDesired>({
      id: 'record/validation',
      type: 'route53/record-set',
      name: () => `test/${world.unique}/record/validation`,
      // Not of the certificate, which is ready only when this record is there.
      dependsOn: ['zone'],
      desired(seen) {
        const zoneId = seen.id('zone');
        const record = seen.state<CertificateState>('certificate')?.validationRecords[0];
        if (zoneId === undefined || record === undefined)
          return { waitingFor: 'the validation record of the certificate', node: 'certificate' };
        return { zoneId, name: record.name, type: record.type, ttlSeconds: 300, values: [record.value] };
      },
    }),
  ];
  return withoutCertificate ? all.slice(0, 2) : all;
}

// At least the time for which a batched read serves.
const { pass, until } = livesOf({ graph: graphOf, mostPasses: 100, shortestWaitS: 16 });
const view = ({ plan }: PassResult, node: string) => plan.nodes.find(one => one.node === node);

function writes(entries: readonly JournalEntry[]): string[] {
  return entries.filter(one => one.mutating && one.status < 300 && one.status > 0).map(one => one.operation);
}

/** As its owner does at the registrar. */
async function delegateTo(life: OwnLife): Promise<void> {
  const { seen } = await until(life, result => result.seen.state('zone') !== undefined);
  delegate(bench.gateway, life.domain, seen.state<HostedZoneState>('zone')?.nameServers ?? []);
}

async function left(life: OwnLife): Promise<readonly (string | undefined)[]> {
  const { HostedZones = [] } = await life.world.scope.route53.send(new ListHostedZonesCommand({}));
  const { CertificateSummaryList = [] } = await life.world.scope.acm.send(new ListCertificatesCommand({}));
  return [...HostedZones.map(one => one.Name), ...CertificateSummaryList.map(one => one.CertificateArn)];
}

describe('the life of a domain', () => {
  test('zone, delegation by its owner, certificate, validation record; and back in order', async () => {
    const life = await begin();
    const waiting = await until(
      life,
      result => view(result, 'zone')?.state === 'Ready' && result.seen.state('delegation') !== undefined,
    );
    expect(waiting.seen.state<Delegation>('delegation')).toMatchObject({ verdict: 'NotDelegated' });
    expect(view(waiting, 'certificate')).toMatchObject({
      state: 'Waiting',
      message: `waits for the delegation of ${life.domain}`,
    });
    await delegateTo(life);
    const making = writes(await life.world.calls(() => until(life, isReady)));
    expect(making).toEqual(['RequestCertificate', 'ChangeResourceRecordSets']);
    const quiet = await life.world.calls(() => pass(life));
    expect(quiet.filter(one => one.mutating)).toEqual([]);

    life.deletion = 'Remove';
    life.generation += 1;
    const removing = writes(await life.world.calls(() => until(life, isGone)));
    expect(removing).toEqual(['DeleteCertificate', 'ChangeResourceRecordSets', 'DeleteHostedZone']);
    expect(await left(life)).toEqual([]);
  });

  test('a zone whose removal nobody has agreed to is told of as delegated to once the object is deleted', async () => {
    const life = await begin();
    await delegateTo(life);
    await until(life, isReady);
    life.withoutDns = true;
    life.generation += 1;
    const waiting = await life.world.calls(() => pass(life));
    expect(writes(waiting)).toEqual([]);
    life.deletion = 'Remove';
    life.generation += 1;
    const told = await until(life, ({ errors }) => errors.length > 0);
    expect(told.errors.map(({ error }) => error.code)).toEqual(['StillDelegated']);
    await until(life, isGone);
    expect(await left(life)).toEqual([]);
  });

  test('a certificate that is wanted no more goes before the record that it is renewed by', async () => {
    const life = await begin();
    await delegateTo(life);
    await until(life, isReady);
    life.withoutCertificate = true;
    life.generation += 1;
    const inUse = bench.gateway.addFault({
      operation: 'DeleteCertificate',
      times: 0,
      fault: { kind: 'accessDenied', code: 'ResourceInUseException' },
    });
    const held = await life.world.calls(() => until(life, ({ errors }) => errors.length > 0));
    expect(writes(held)).toEqual([]);
    bench.gateway.clearFaults(inUse);
    const removing = await life.world.calls(() => until(life, ({ plan }) => plan.nodes.length === 2));
    expect(writes(removing)).toEqual(['DeleteCertificate', 'ChangeResourceRecordSets']);
  });

  test('a record of somebody else holds up the removal of the zone, by its name, and goes by hand', async () => {
    const life = await begin();
    await delegateTo(life);
    const { seen } = await until(life, isReady);
    const HostedZoneId = seen.id('zone');
    const ResourceRecordSet = {
      Name: `www.${life.domain}`,
      Type: 'A' as const,
      TTL: 60,
      ResourceRecords: [{ Value: '192.0.2.1' }],
    };
    const change = (Action: 'CREATE' | 'DELETE') =>
      life.world.scope.route53.send(
        new ChangeResourceRecordSetsCommand({
          HostedZoneId,
          ChangeBatch: { Changes: [{ Action, ResourceRecordSet }] },
        }),
      );
    await change('CREATE');
    life.deletion = 'Remove';
    life.generation += 1;
    const held = await until(life, ({ errors }) => errors.some(({ error }) => error.class === 'Blocked'));
    const blocked = held.errors.find(({ error }) => error.class === 'Blocked');
    expect(blocked?.error.blockers).toMatchObject([{ resource: `www.${life.domain} A` }]);
    await change('DELETE');
    await until(life, isGone);
    expect(await left(life)).toEqual([]);
  });

  test.each([
    ['CreateHostedZone', 'resetAfter'],
    ['CreateHostedZone', 'resetBefore'],
    ['ChangeTagsForResource', 'resetBefore'],
    ['ChangeTagsForResource', 'resetAfter'],
    ['RequestCertificate', 'resetAfter'],
    ['RequestCertificate', 'resetBefore'],
    ['ChangeResourceRecordSets', 'resetAfter'],
  ] as const)(
    'the answer to %s is lost (%s), and another process goes on: nothing is made twice',
    async (operation, kind) => {
      const life = await begin();
      life.world.gateway.addFault({ operation, fault: { kind } });
      delegate(bench.gateway, life.domain, undefined);
      await until(life, ({ errors }) => errors.length > 0);
      // Nothing is left of the first process but the status.
      life.memory = createMemory(() => bench.gateway.now());
      await until(life, isReady);
      const all = await left(life);
      expect(all).toHaveLength(2);
      expect(life.state.resources.every(entry => entry.epoch === 1)).toBe(true);
      life.deletion = 'Remove';
      life.generation += 1;
      await until(life, isGone);
      expect(await left(life)).toEqual([]);
    },
  );
});
