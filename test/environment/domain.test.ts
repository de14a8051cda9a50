import {
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { delegate } from '../../hack/bench/aws/overlays/delegations.ts';
import { approve, isWaiting } from '../support/approval.ts';
import { observerOptions } from '../support/aws-view.ts';
import { ACCOUNT, environment, REGION } from '../support/manifests.ts';
import { type Acting, areReady, messageOf, openStage, type Stage, standing } from '../support/stage.ts';
import { census } from './support/census.ts';
import { callsOfOnePass } from './support/drift.ts';

const DOMAIN = 'dev.example.com';
const DEV = environment({
  dns: { domain: DOMAIN },
  encryption: { onDelete: 'Schedule', deletionWindowDays: 7 },
});

const BARE = environment({ ...DEV.spec, dns: { domain: DOMAIN, certificate: false } });

let stage: Stage;
let acting: Acting;
let route53: Route53Client;
beforeAll(async () => {
  stage = await openStage();
  const { gateway } = stage.world.bench;
  route53 = new Route53Client(observerOptions(gateway, ACCOUNT, REGION));
  delegate(gateway, DOMAIN, []);
  acting = await stage.operator();
});
afterAll(async () => {
  route53?.destroy();
  await stage?.close();
});

const dev = () => stage.cluster.get('OptaEnvironment', 'dev');

interface Dns {
  readonly zoneId?: string;
  readonly nameServers?: readonly string[];
  readonly delegated?: boolean;
  readonly certificateArn?: string;
}
const dnsOf = async () => ((await dev()).status?.dns ?? {}) as Dns;

async function certificateRecords() {
  const { zoneId: HostedZoneId } = await dnsOf();
  const { ResourceRecordSets = [] } = await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId }));
  return ResourceRecordSets.filter(({ Type }) => Type === 'CNAME');
}

describe('an environment with a domain', () => {
  test('is Ready before anybody delegated the domain, and says to whom it is to be delegated', async () => {
    await stage.cluster.apply(DEV);
    await acting.until(areReady(DEV));
    const object = await dev();
    const { nameServers = [], ...dns } = await dnsOf();
    expect(nameServers).toHaveLength(4);
    expect(dns).toEqual({ zoneId: expect.stringMatching(/^Z/), delegated: false });
    expect(standing(object)).toBe('Ready=True DelegationPending');
    for (const server of nameServers) expect(messageOf(object)).toContain(server);
    expect(standing(object, 'DomainDelegated')).toBe('DomainDelegated=False DelegationPending');
    expect(standing(object, 'CertificateIssued')).toBe('CertificateIssued=False DelegationPending');
    expect(standing(object, 'Reconciling')).toBe('Reconciling=False Idle');
  });

  test('waits for it without a write', async () => {
    await callsOfOnePass(stage, acting);
  });

  test('has a certificate for the domain and all names below it soon after the delegation', async () => {
    const { nameServers = [] } = await dnsOf();
    delegate(stage.world.bench.gateway, DOMAIN, nameServers);
    await acting.until(look => standing(look('OptaEnvironment', 'dev')) === 'Ready=True Ready');
    await acting.until(
      look =>
        standing(look('OptaEnvironment', 'dev'), 'CertificateIssued') === 'CertificateIssued=True Issued',
    );
    const arn = expect.stringMatching(`^arn:aws:acm:${REGION}:${ACCOUNT}:certificate/`);
    expect(await dnsOf()).toMatchObject({ delegated: true, certificateArn: arn });
    expect(standing(await dev(), 'DomainDelegated')).toBe('DomainDelegated=True Delegated');
    const all = await census(stage);
    expect(all.filter(one => /^(zone|certificate)/.test(one))).toEqual([
      `certificate: ${DOMAIN}`,
      `zone: ${DOMAIN}.`,
    ]);
  });

  test('is looked at again, and nothing is written', async () => {
    const calls = await callsOfOnePass(stage, acting);
    const dns = Object.entries(calls).filter(([name]) => /^(acm|route53):/.test(name));
    expect(Object.fromEntries(dns)).toEqual({
      'acm:DescribeCertificate': 1,
      'acm:ListTagsForCertificate': 1,
      'route53:GetHostedZone': 1,
      'route53:ListResourceRecordSets': 1,
      'route53:ListTagsForResource': 1,
    });
  });

  test('keeps its certificate when the delegation is lost, and says so', async () => {
    const { nameServers = [] } = await dnsOf();
    delegate(stage.world.bench.gateway, DOMAIN, ['ns.somebody.example']);
    const mark = stage.mark();
    await acting.driftPasses(1);
    expect(standing(await dev())).toBe('Ready=True DelegationPending');
    expect(messageOf(await dev())).toContain('ns.somebody.example');
    expect(stage.writesSince(mark)).toEqual([]);
    expect(await dnsOf()).toMatchObject({ certificateArn: expect.any(String), delegated: false });
    delegate(stage.world.bench.gateway, DOMAIN, nameServers);
  });

  test('without a certificate keeps its validation record, by which one of somebody else’s may be renewed', async () => {
    const before = await certificateRecords();
    expect(before).toHaveLength(1);
    await stage.cluster.apply(BARE);
    await acting.until(areReady(BARE));
    expect(await dnsOf()).not.toHaveProperty('certificateArn');
    const mark = stage.mark();
    await acting.driftPasses(1);
    expect(stage.writesSince(mark)).toEqual([]);
    expect(await certificateRecords()).toEqual(before);
  });

  test('is not deleted with records of others in its zone; and without them it leaves nothing', async () => {
    const { zoneId: HostedZoneId } = await dnsOf();
    const ResourceRecordSet = {
      Name: `www.${DOMAIN}`,
      Type: 'A' as const,
      TTL: 60,
      ResourceRecords: [{ Value: '192.0.2.1' }],
    };
    const change = (Action: 'CREATE' | 'DELETE') => {
      const ChangeBatch = { Changes: [{ Action, ResourceRecordSet }] };
      return route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch }));
    };
    await change('CREATE');
    await stage.cluster.delete('OptaEnvironment', 'dev');
    await acting.until(look => standing(look('OptaEnvironment', 'dev')) === 'Ready=False DeletionBlocked');
    expect((await dev()).status?.blockedBy).toMatchObject([{ node: 'zone', resource: `www.${DOMAIN} A` }]);
    await change('DELETE');
    const zone = { node: 'zone', resource: `delegation of ${DOMAIN}` };
    await acting.until(look =>
      /still delegated to it .* remove the NS records/.test(
        messageOf(look('OptaEnvironment', 'dev'), 'Ready') ?? '',
      ),
    );
    expect((await dev()).status?.blockedBy).toMatchObject([zone]);
    await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
    const note = expect.stringContaining('still delegated to it');
    const warning = expect.objectContaining({ type: 'Warning', reason: 'DeletionBlocked', note });
    expect(await stage.cluster.events('OptaEnvironment', 'dev')).toContainEqual(warning);
    expect(await census(stage)).toEqual([]);
  });

  test.each([true, false])(
    'instead of another domain, with a certificate: %s: the zone of that one goes with its validation record',
    async certificate => {
      const rest = { encryption: { onDelete: 'Schedule', deletionWindowDays: 7 } };
      const old = environment({ ...rest, dns: { domain: 'old.example.com' } });
      const other = environment({ ...rest, dns: { domain: 'new.example.com', certificate } });
      await stage.cluster.apply(old);
      await acting.until(
        look =>
          standing(look('OptaEnvironment', 'dev'), 'CertificateIssued') === 'CertificateIssued=True Issued',
      );
      await stage.cluster.apply(environment(rest));
      await acting.until(look => isWaiting(look('OptaEnvironment', 'dev')));
      await stage.cluster.apply(other);
      await acting.until(look => isWaiting(look('OptaEnvironment', 'dev')));
      await approve(stage.world, 'OptaEnvironment', 'dev');
      await acting.until(areReady(other));
      await acting.quiet();
      const dns = (await census(stage)).filter(one => /^(zone|certificate)/.test(one));
      expect(dns).toEqual([
        ...(certificate ? ['certificate: new.example.com'] : []),
        'zone: new.example.com.',
      ]);
      expect(await certificateRecords()).toHaveLength(certificate ? 1 : 0);
      await stage.cluster.delete('OptaEnvironment', 'dev');
      await acting.until(look => look('OptaEnvironment', 'dev') === undefined);
      expect(await census(stage)).toEqual([]);
    },
  );
});
