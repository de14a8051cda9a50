import * as sdk from '@aws-sdk/client-iam';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestBench, type TestBench } from '../testing.ts';

const account = '111122223333';
let bench: TestBench;
let iam: sdk.IAMClient;

beforeAll(async () => {
  bench = await startTestBench();
  iam = new sdk.IAMClient(bench.clientConfig(account));
});
beforeEach(() => bench.gateway.reset());
afterAll(async () => {
  iam.destroy();
  await bench.stop();
});

const document = (statement: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
const TRUST = document({ Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' });
const first = document({ Action: 'sqs:*', Resource: '*' });
const second = document({ Action: 'sns:*', Resource: '*' });
const Tags = [{ Key: 'team', Value: 'orders' }];
const details = (more: object = {}) =>
  iam.send(
    new sdk.GetAccountAuthorizationDetailsCommand({ Filter: ['Role', 'LocalManagedPolicy'], ...more }),
  );

async function policy(PolicyName: string): Promise<string> {
  const command = new sdk.CreatePolicyCommand({ PolicyName, Path: '/opta/', PolicyDocument: first, Tags });
  return (await iam.send(command)).Policy?.Arn ?? '';
}

function role(RoleName: string, PermissionsBoundary?: string) {
  const more = { AssumeRolePolicyDocument: TRUST, Path: '/opta/', Tags, PermissionsBoundary };
  return iam.send(new sdk.CreateRoleCommand({ RoleName, ...more }));
}

test('a role is told as GetRole tells it, with its policies', async () => {
  const boundary = await policy('limits');
  await role('nodes', boundary);
  const RoleName = 'nodes';
  await iam.send(new sdk.PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument: second }));
  await iam.send(new sdk.AttachRolePolicyCommand({ RoleName, PolicyArn: boundary }));
  const { RoleDetailList = [] } = await details();
  const { Role } = await iam.send(new sdk.GetRoleCommand({ RoleName }));
  expect(RoleDetailList).toHaveLength(1);
  const [listed] = RoleDetailList;
  expect(listed?.AssumeRolePolicyDocument).toMatch(/^%7B/);
  expect(decodeURIComponent(listed?.AssumeRolePolicyDocument ?? '')).toBe(TRUST);
  expect(listed).toMatchObject({
    Arn: Role?.Arn,
    RoleId: Role?.RoleId,
    Path: '/opta/',
    PermissionsBoundary: { PermissionsBoundaryArn: boundary },
    Tags,
    RolePolicyList: [
      { PolicyName: 'own', PolicyDocument: encodeURIComponent(second).replaceAll('*', '%2A') },
    ],
    AttachedManagedPolicies: [{ PolicyArn: boundary }],
  });
});

test('a policy has its versions, the one in force named, and no tags', async () => {
  const PolicyArn = await policy('limits');
  await iam.send(
    new sdk.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: second, SetAsDefault: true }),
  );
  const { Policies = [] } = await details();
  expect(Policies).toMatchObject([
    { Arn: PolicyArn, PolicyName: 'limits', Path: '/opta/', DefaultVersionId: 'v2' },
  ]);
  expect(Policies[0]).not.toHaveProperty('Tags');
  const inForce = Policies[0]?.PolicyVersionList?.find(one => one.VersionId === 'v2');
  expect(decodeURIComponent(inForce?.Document ?? '')).toBe(second);
});

test('all are told page after page', async () => {
  for (const name of ['a', 'b', 'c']) {
    await policy(name);
    await role(name);
  }
  const names: (string | undefined)[] = [];
  let pages = 0;
  let Marker: string | undefined;
  do {
    const page = await details({ MaxItems: 4, Marker });
    pages += 1;
    names.push(...(page.RoleDetailList ?? []).map(one => one.RoleName));
    names.push(...(page.Policies ?? []).map(one => one.PolicyName));
    Marker = page.IsTruncated === true ? page.Marker : undefined;
  } while (Marker !== undefined);
  expect(pages).toBe(2);
  expect(names.sort()).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
});

test('what is new may not be among them yet', async () => {
  await policy('old');
  await role('old');
  bench.gateway.advanceClock(60);
  await policy('new');
  await role('new');
  bench.gateway.addFault({ fault: { kind: 'notFoundForNew', seconds: 30 } });
  const { RoleDetailList = [], Policies = [] } = await details();
  expect(RoleDetailList.map(one => one.RoleName)).toEqual(['old']);
  expect(Policies.map(one => one.PolicyName)).toEqual(['old']);
});
