import * as sdk from '@aws-sdk/client-acm';
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { useCertificate } from './acm/index.ts';
import { delegate } from './delegations.ts';
import { startTestBench, type TestBench } from './testing.ts';

const account = '111122223333';
let bench: TestBench;
let acm: sdk.ACMClient;
let route53: Route53Client;

beforeAll(async () => {
  bench = await startTestBench();
  acm = new sdk.ACMClient(bench.clientConfig(account));
  route53 = new Route53Client(bench.clientConfig(account));
});
beforeEach(async () => {
  await bench.gateway.reset();
  delegate(bench.gateway, 'example.com', undefined);
});
afterAll(() => bench.stop());

async function request(more: Partial<sdk.RequestCertificateCommandInput> = {}): Promise<string> {
  const command = new sdk.RequestCertificateCommand({
    DomainName: 'example.com',
    SubjectAlternativeNames: ['*.example.com'],
    ValidationMethod: 'DNS',
    ...more,
  });
  return (await acm.send(command)).CertificateArn ?? '';
}

const describeOne = async (CertificateArn: string): Promise<sdk.CertificateDetail> =>
  (await acm.send(new sdk.DescribeCertificateCommand({ CertificateArn }))).Certificate ?? {};
const list = (more: Partial<sdk.ListCertificatesCommandInput> = {}) =>
  acm.send(new sdk.ListCertificatesCommand(more));

interface Zone {
  readonly id: string;
  readonly nameServers: readonly string[];
}

async function zone(Name = 'example.com'): Promise<Zone> {
  const CallerReference = crypto.randomUUID();
  const made = await route53.send(new CreateHostedZoneCommand({ Name, CallerReference }));
  return { id: made.HostedZone?.Id ?? '', nameServers: made.DelegationSet?.NameServers ?? [] };
}

/** Puts the certificate's validation records into the zone. */
async function validate(arn: string, HostedZoneId: string, more: { value?: string } = {}): Promise<void> {
  bench.gateway.advanceClock(6);
  const { DomainValidationOptions = [] } = await describeOne(arn);
  const Changes = DomainValidationOptions.map(({ ResourceRecord: record }) => ({
    Action: 'UPSERT' as const,
    ResourceRecordSet: {
      Name: record?.Name,
      Type: record?.Type,
      TTL: 300,
      ResourceRecords: [{ Value: more.value ?? record?.Value }],
    },
  }));
  await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }));
}

describe('a certificate', () => {
  test('has its validation records after some seconds, one for a name and its wildcard', async () => {
    const arn = await request();
    const records = async () =>
      (await describeOne(arn)).DomainValidationOptions?.map(one => one.ResourceRecord?.Name);
    expect(await records()).toEqual([undefined, undefined]);
    bench.gateway.advanceClock(6);
    const [first, second] = (await records()) ?? [];
    expect(first).toMatch(/^_[0-9a-f]{32}\.example\.com\.$/);
    expect(second).toBe(first);
    const again = await request({ DomainName: 'www.example.com', SubjectAlternativeNames: ['example.com'] });
    bench.gateway.advanceClock(6);
    const { DomainValidationOptions } = await describeOne(again);
    expect(DomainValidationOptions?.map(one => one.DomainName)).toEqual(['www.example.com', 'example.com']);
    expect(DomainValidationOptions?.[1]?.ResourceRecord?.Name).toBe(first);
  });

  test('is issued some time after the records are in the zone, and not before', async () => {
    const arn = await request();
    const { id } = await zone();
    bench.gateway.advanceClock(3600);
    const pending = await describeOne(arn);
    expect(pending).toMatchObject({ Status: 'PENDING_VALIDATION', RenewalEligibility: 'INELIGIBLE' });
    for (const field of ['IssuedAt', 'NotAfter', 'Serial']) expect(pending).not.toHaveProperty(field);
    await validate(arn, id);
    expect((await describeOne(arn)).Status).toBe('PENDING_VALIDATION');
    bench.gateway.advanceClock(61);
    const issued = await describeOne(arn);
    expect(issued).toMatchObject({ Status: 'ISSUED', IssuedAt: expect.any(Date) });
    expect(issued.DomainValidationOptions?.map(one => one.ValidationStatus)).toEqual(['SUCCESS', 'SUCCESS']);
  });

  test.each<[string, (arn: string) => Promise<void>]>([
    [
      'that say something else',
      async arn => validate(arn, (await zone()).id, { value: 'other.example.net' }),
    ],
    [
      'in a zone that nobody asks',
      async arn => {
        const { id } = await zone();
        delegate(bench.gateway, 'example.com', ['ns.of-another.example.net']);
        await validate(arn, id);
      },
    ],
  ])('is not issued by records %s', async (_, prepare) => {
    const arn = await request();
    await prepare(arn);
    // ACM sees at the first look what is there, and issues later.
    await describeOne(arn);
    bench.gateway.advanceClock(3600);
    expect((await describeOne(arn)).Status).toBe('PENDING_VALIDATION');
  });

  test('is issued once the domain is delegated to the zone that has the records', async () => {
    const arn = await request();
    const [{ id, nameServers }] = [await zone()];
    delegate(bench.gateway, 'example.com', []);
    await validate(arn, id);
    await describeOne(arn);
    bench.gateway.advanceClock(3600);
    expect((await describeOne(arn)).Status).toBe('PENDING_VALIDATION');
    delegate(bench.gateway, 'example.com', nameServers);
    await describeOne(arn);
    bench.gateway.advanceClock(61);
    expect((await describeOne(arn)).Status).toBe('ISSUED');
  });

  test('that is not validated within 72 hours is given up', async () => {
    const arn = await request();
    bench.gateway.advanceClock(73 * 3600);
    const given = await describeOne(arn);
    expect(given.Status).toBe('VALIDATION_TIMED_OUT');
    expect(given.DomainValidationOptions?.[0]?.ValidationStatus).toBe('FAILED');
  });

  test('is not handed out before it is issued', async () => {
    const CertificateArn = await request();
    const { id } = await zone();
    const get = () => acm.send(new sdk.GetCertificateCommand({ CertificateArn }));
    await expect(get()).rejects.toMatchObject({ name: 'RequestInProgressException' });
    await validate(CertificateArn, id);
    await describeOne(CertificateArn);
    bench.gateway.advanceClock(61);
    expect((await get()).Certificate).toContain('BEGIN CERTIFICATE');
  });

  test('in use is not deleted', async () => {
    const CertificateArn = await request();
    const remove = () => acm.send(new sdk.DeleteCertificateCommand({ CertificateArn }));
    const user = `arn:aws:elasticloadbalancing:eu-central-1:${account}:loadbalancer/net/web/1`;
    useCertificate(bench.gateway, CertificateArn, [user]);
    expect((await describeOne(CertificateArn)).InUseBy).toEqual([user]);
    await expect(remove()).rejects.toMatchObject({ name: 'ResourceInUseException' });
    useCertificate(bench.gateway, CertificateArn, []);
    await remove();
    await expect(remove()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('has options that can be changed', async () => {
    const CertificateArn = await request();
    const Options = { CertificateTransparencyLoggingPreference: 'DISABLED' } as const;
    await acm.send(new sdk.UpdateCertificateOptionsCommand({ CertificateArn, Options }));
    expect((await describeOne(CertificateArn)).Options).toMatchObject(Options);
    const absent = CertificateArn.replace(/.{4}$/, '0000');
    await expect(
      acm.send(new sdk.UpdateCertificateOptionsCommand({ CertificateArn: absent, Options })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('a token', () => {
  const Tags = [{ Key: 'team', Value: 'a' }];
  const asked = { IdempotencyToken: 'one', Tags };

  test('gives the same certificate for the same request within an hour', async () => {
    const arn = await request(asked);
    bench.gateway.advanceClock(3500);
    expect(await request(asked)).toBe(arn);
    bench.gateway.advanceClock(200);
    expect(await request(asked)).not.toBe(arn);
  });

  test('gives one certificate to requests that come at a time', async () => {
    const arns = await Promise.all(Array.from({ length: 4 }, () => request(asked)));
    expect(new Set(arns).size).toBe(1);
  });

  test.each<[string, Partial<sdk.RequestCertificateCommandInput>]>([
    ['other tags', { Tags: [{ Key: 'team', Value: 'b' }] }],
    ['other names', { SubjectAlternativeNames: ['www.example.com'] }],
    ['another algorithm', { KeyAlgorithm: 'EC_prime256v1' }],
    ['another token', { IdempotencyToken: 'two' }],
  ])('gives another one for %s', async (_, more) => {
    const arn = await request(asked);
    expect(await request({ ...asked, ...more })).not.toBe(arn);
  });

  test('gives another one when the first was deleted', async () => {
    const arn = await request(asked);
    await acm.send(new sdk.DeleteCertificateCommand({ CertificateArn: arn }));
    expect(await request(asked)).not.toBe(arn);
  });
});

describe('a list', () => {
  test('leaves out other key types unless they are asked for', async () => {
    const rsa = await request();
    const ec = await request({ KeyAlgorithm: 'EC_prime256v1' });
    const arns = async (more?: Partial<sdk.ListCertificatesCommandInput>) =>
      (await list(more)).CertificateSummaryList?.map(one => one.CertificateArn);
    expect(await arns()).toEqual([rsa]);
    expect(await arns({ Includes: { keyTypes: ['EC_prime256v1'] } })).toEqual([ec]);
    expect((await describeOne(ec)).KeyAlgorithm).toBe('EC_prime256v1');
  });

  test('goes by status', async () => {
    await request();
    const count = async (status: sdk.CertificateStatus) =>
      (await list({ CertificateStatuses: [status] })).CertificateSummaryList?.length;
    expect([await count('ISSUED'), await count('PENDING_VALIDATION')]).toEqual([0, 1]);
  });

  test('has pages', async () => {
    for (let index = 0; index < 3; index++) await request({ DomainName: `a${index}.example.com` });
    const first = await list({ MaxItems: 2 });
    expect(first.CertificateSummaryList).toHaveLength(2);
    const second = await list({ MaxItems: 2, NextToken: first.NextToken });
    expect(second.CertificateSummaryList).toHaveLength(1);
    expect(second.NextToken).toBeUndefined();
  });
});
