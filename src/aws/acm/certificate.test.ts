import { RequestCertificateCommand } from '@aws-sdk/client-acm';
import { describe, expect, test } from 'vitest';
import { renewCertificate, useCertificate } from '../../../hack/bench/aws/overlays/acm/index.ts';
import { asCloudError } from '../../engine/errors.ts';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import { hostedZoneAdaptor } from '../route53/hosted-zone.ts';
import { recordSetAdaptor } from '../route53/record-set.ts';
import { type CertificateDesired, certificateAdaptor } from './certificate.ts';
import { type CertificateState, renewalProblem } from './certificate-state.ts';

interface Parts {
  readonly zoneId: string;
  readonly domain: string;
}

async function prepare(world: World): Promise<Parts> {
  const domain = `${world.unique}.example.com`;
  const zone = { domain, comment: '' };
  const { id } = await hostedZoneAdaptor.create(
    world.scope,
    world.identity({ node: 'zone' }),
    zone,
    world.tags(),
  );
  return { zoneId: id, domain };
}

const desiredOf = ({ domain }: Parts): CertificateDesired => ({
  domain,
  alternativeNames: [`*.${domain}`],
});

const fresh = { recorded: [], freshness: 'fresh' } as const;

function look(world: World, desired: CertificateDesired, id?: string) {
  return certificateAdaptor.find(world.scope, world.identity({ id }), { ...fresh, desired });
}

/** What the graph does with the records that a certificate names, and what time does then. */
async function finish(world: World, parts: Parts): Promise<void> {
  const desired = desiredOf(parts);
  world.gateway.advanceClock(6);
  for (const { state } of await look(world, desired)) {
    for (const { name, type, value } of state.validationRecords) {
      const record = { zoneId: parts.zoneId, name, type, ttlSeconds: 300, values: [value] };
      await recordSetAdaptor.create(world.scope, world.identity({ node: 'record' }), record, {});
    }
  }
  await look(world, desired);
  world.gateway.advanceClock(61);
}

conformance<CertificateDesired, CertificateState, Parts>(
  certificateAdaptor,
  {
    prepare,
    desired: desiredOf,
    createdBy: 'RequestCertificate',
    finish,
    fields: {},
    drift: {},
    async foreign(world, _, tags, { domain }) {
      const Tags = Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
      await world.scope.acm.send(
        new RequestCertificateCommand({
          DomainName: domain,
          ValidationMethod: 'DNS',
          ...(Tags.length === 0 ? {} : { Tags }),
        }),
      );
    },
    calls: { create: 2, drift: 2 },
  },
  bench => {
    async function made(finished = false) {
      const world = await bench().world();
      const parts = await prepare(world);
      const desired = desiredOf(parts);
      const found = await certificateAdaptor.create(world.scope, world.identity(), desired, world.tags('1'));
      if (finished) await finish(world, parts);
      const state = async () => {
        const [seen] = await look(world, desired, found.id);
        if (seen === undefined) throw new Error('not found');
        return seen.state;
      };
      const readiness = async () => certificateAdaptor.readiness(await state());
      const options = { desired, owner: world.owner };
      return { world, parts, desired, found, state, readiness, options };
    }

    test('it waits for its records to be named, and then for ACM to find them', async () => {
      const { world, parts, state, readiness } = await made();
      expect(await readiness()).toMatchObject({ is: 'in progress', againInMs: 5_000 });
      world.gateway.advanceClock(6);
      expect(await readiness()).toMatchObject({
        is: 'in progress',
        message: expect.stringContaining(`${parts.domain}, *.${parts.domain}`),
        againInMs: 30_000,
      });
      expect((await state()).validationRecords).toEqual([
        {
          name: expect.stringMatching(new RegExp(`^_\\w+\\.${parts.domain}\\.$`)),
          type: 'CNAME',
          value: expect.stringContaining('acm-validations'),
        },
      ]);
      await finish(world, parts);
      expect(await readiness()).toEqual({ is: 'ready' });
    });

    test('not validated within 72 hours only another one helps, and the message says what to look at', async () => {
      const { world, readiness } = await made();
      world.gateway.advanceClock(73 * 3600);
      expect(await readiness()).toMatchObject({
        is: 'failed',
        message: expect.stringContaining('delegated'),
        remedy: 'replace',
      });
    });

    test.each(['FAILED', 'EXPIRED', 'REVOKED', 'INACTIVE'])('%s it is replaced', status => {
      const state = {
        status,
        names: [],
        validationRecords: [],
        unvalidated: [],
        failureReason: 'OTHER',
      };
      expect(certificateAdaptor.readiness(state)).toEqual({
        is: 'failed',
        message: `the certificate is ${status}: OTHER`,
        remedy: 'replace',
      });
    });

    test('refused because of the domain’s CAA record it is replaced, once that is another one', () => {
      const of = { names: [], validationRecords: [], unvalidated: [], failureReason: 'CAA_ERROR' };
      expect(certificateAdaptor.readiness({ status: 'FAILED', ...of })).toEqual({
        is: 'failed',
        message:
          'the certificate is FAILED: CAA_ERROR: allow amazon.com in the CAA record of the domain, or of the domain above that has one, then approve the replacement',
        remedy: 'replace',
      });
    });

    test('that nothing uses is not renewed: told 60 days before its end, and when it is over', async () => {
      const { world, found, state } = await made(true);
      const unused = await state();
      const end = Date.parse(unused.expiresOn ?? '');
      const days = 24 * 60 * 60_000;
      expect(renewalProblem(unused, end - 61 * days)).toBeUndefined();
      const way =
        'nothing of AWS uses it, so ACM does not renew it: use it, as in a load balancer, or set spec.dns.certificate to false';
      expect(renewalProblem(unused, end - 60 * days)).toBe(
        `the certificate expires on ${unused.expiresOn}, and ${way}`,
      );
      expect(certificateAdaptor.readiness({ ...unused, status: 'EXPIRED' })).toEqual({
        is: 'failed',
        message: `the certificate is EXPIRED; ${way}`,
        remedy: 'replace',
      });
      useCertificate(world.gateway, found.id, [
        'arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/net/web/1',
      ]);
      expect(renewalProblem(await state(), end)).toBeUndefined();
    });

    test('issued it is ready, however its renewal stands, and says why that does not go on', async () => {
      const { world, parts, found, state } = await made(true);
      expect((await state()).expiresOn).toMatch(/^\d{4}-\d\d-\d\d$/);
      const problem = async (status: string, reason?: string) => {
        renewCertificate(world.gateway, found.id, { status, ...(reason === undefined ? {} : { reason }) });
        const seen = await state();
        expect(certificateAdaptor.readiness(seen)).toEqual({ is: 'ready' });
        expect(certificateAdaptor.diff(desiredOf(parts), seen, [])).toEqual([]);
        return renewalProblem(seen, world.scope.clock.now());
      };
      expect(await problem('PENDING_AUTO_RENEWAL')).toBeUndefined();
      expect(await problem('SUCCESS')).toBeUndefined();
      const what = /^ACM does not renew the certificate, which expires on \d{4}-\d\d-\d\d /;
      const pending = await problem('PENDING_VALIDATION');
      expect(pending).toMatch(what);
      expect(pending).toContain('(PENDING_VALIDATION): it does not find the validation records of ');
      expect(pending).toContain(`*.${parts.domain}, ${parts.domain} in DNS`);
      expect(pending).toMatch(/ACM then renews it by itself$/);
      expect(await problem('FAILED', 'OTHER')).toMatch(/\(FAILED, OTHER\).* approve its replacement$/);
      expect(await problem('PENDING_VALIDATION', 'CAA_ERROR')).toMatch(
        /\(PENDING_VALIDATION, CAA_ERROR\): allow amazon\.com in the CAA record/,
      );
    });

    test('other names make another certificate', async () => {
      const { desired, state } = await made();
      const more = { ...desired, alternativeNames: [...desired.alternativeNames, `www.${desired.domain}`] };
      expect(certificateAdaptor.diff(more, await state(), [])).toMatchObject([
        { field: 'names', risk: 'High', replace: true },
      ]);
    });

    describe('the same request again', () => {
      test('within an hour is the same certificate, after it another one', async () => {
        const { world, desired, found } = await made();
        const again = () =>
          certificateAdaptor.create(world.scope, world.identity(), desired, world.tags('1'));
        expect((await again()).id).toBe(found.id);
        world.gateway.advanceClock(3601);
        expect((await again()).id).not.toBe(found.id);
      });

      test('for another epoch is another certificate at once', async () => {
        const { world, desired, found } = await made();
        const identity = world.identity({ epoch: 2 });
        const next = await certificateAdaptor.create(world.scope, identity, desired, world.tags('1'));
        expect(next.id).not.toBe(found.id);
      });
    });

    test('in use it stays, and the message names its users', async () => {
      const { world, desired, found, options } = await made();
      const user = 'arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/net/web/1';
      useCertificate(world.gateway, found.id, [user]);
      const error = await certificateAdaptor.remove(world.scope, found, options).catch(asCloudError);
      expect(error).toMatchObject({
        class: 'Blocked',
        message: expect.stringContaining(user),
        blockers: [{ resource: user }],
      });
      expect(await look(world, desired)).toHaveLength(1);
    });

    test('lists are read to the last page', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const desired = desiredOf(parts);
      const more = [`a.${parts.domain}`, `b.${parts.domain}`];
      for (const DomainName of more)
        await world.scope.acm.send(new RequestCertificateCommand({ DomainName, ValidationMethod: 'DNS' }));
      const found = await certificateAdaptor.create(world.scope, world.identity(), desired, world.tags('1'));
      world.gateway.addFault({ operation: 'ListCertificates', fault: { kind: 'pageSize', n: 1 } });
      expect((await look(world, desired)).map(one => one.id)).toEqual([found.id]);
    });

    test('one list serves all who look at the same time', async () => {
      const { world, desired, found } = await made();
      const shared = { ...fresh, freshness: 'shared', desired } as const;
      await look(world, desired);
      const calls = await world.calls(async () => {
        const seen = await Promise.all(
          [1, 2, 3].map(() => certificateAdaptor.find(world.scope, world.identity(), shared)),
        );
        expect(seen.map(one => one[0]?.id)).toEqual([found.id, found.id, found.id]);
      });
      expect(calls.filter(call => call.operation === 'ListCertificates')).toEqual([]);
    });

    test('a recorded id that is no certificate’s ARN is not asked for', async () => {
      const { world, desired, found } = await made();
      expect((await look(world, desired, 'arn:aws:iam::1:role/x')).map(one => one.id)).toEqual([found.id]);
    });
  },
);
