import * as sdk from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestBench, type TestBench } from '../testing.ts';

const account = '111122223333';
let bench: TestBench;
let iam: sdk.IAMClient;
let names = 0;

beforeAll(async () => {
  bench = await startTestBench();
  iam = new sdk.IAMClient(bench.clientConfig(account));
});
afterAll(() => bench.stop());

const document = (statement: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
const trustOf = (Principal: object) => document({ Principal, Action: 'sts:AssumeRole' });
const TRUST = trustOf({ Service: 'ec2.amazonaws.com' });
/** Of exactly this many characters. */
const policyOf = (length: number) => {
  const empty = document({ Action: ['s3:'], Resource: '*' }).length;
  return document({ Action: [`s3:${'a'.repeat(length - empty)}`], Resource: '*' });
};
const EXCEEDED = { name: 'LimitExceededException' };

function unique(): string {
  names += 1;
  return `name-${names}`;
}

async function role(AssumeRolePolicyDocument = TRUST): Promise<string> {
  const RoleName = unique();
  await iam.send(new sdk.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  return RoleName;
}

async function policy(PolicyDocument = policyOf(200)): Promise<string> {
  const command = new sdk.CreatePolicyCommand({ PolicyName: unique(), PolicyDocument });
  return (await iam.send(command)).Policy?.Arn ?? '';
}

describe('documents have a greatest length, in which white space does not count', () => {
  test('of a managed policy', async () => {
    await expect(policy(policyOf(6_145))).rejects.toMatchObject(EXCEEDED);
    const PolicyArn = await policy(policyOf(6_144).replaceAll(',', ',\n   '));
    const version = new sdk.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: policyOf(6_145) });
    await expect(iam.send(version)).rejects.toMatchObject(EXCEEDED);
  });

  test('of all inline policies of a role together', async () => {
    const RoleName = await role();
    const put = (PolicyName: string, length: number) =>
      iam.send(new sdk.PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: policyOf(length) }));
    await put('one', 6_000);
    await expect(put('two', 4_241)).rejects.toMatchObject(EXCEEDED);
    await put('one', 7_000);
    await put('two', 3_240);
  });

  test('of a trust policy', async () => {
    const AWS = Array.from({ length: 60 }, (_, index) => `arn:aws:iam::999999999999:role/role-${index}`);
    await expect(role(trustOf({ AWS }))).rejects.toMatchObject(EXCEEDED);
  });
});

test('a role bears ten managed policies, and each as often as one likes', async () => {
  const RoleName = await role();
  const attach = (PolicyArn = '') => iam.send(new sdk.AttachRolePolicyCommand({ RoleName, PolicyArn }));
  const arns: string[] = [];
  for (let index = 0; index < 11; index++) arns.push(await policy());
  for (const arn of arns.slice(0, 10)) await attach(arn);
  await expect(attach(arns[10])).rejects.toMatchObject(EXCEEDED);
  await attach(arns[0]);
});

describe('the boundary of a user', () => {
  const shown = async (UserName: string) =>
    (await iam.send(new sdk.GetUserCommand({ UserName }))).User?.PermissionsBoundary?.PermissionsBoundaryArn;

  test('is set, exchanged and taken off, and its policy stays meanwhile', async () => {
    const UserName = unique();
    const [first, second] = [await policy(), await policy()];
    await iam.send(new sdk.CreateUserCommand({ UserName, PermissionsBoundary: first }));
    expect(await shown(UserName)).toBe(first);
    await iam.send(new sdk.PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: second }));
    expect(await shown(UserName)).toBe(second);
    const remove = () => iam.send(new sdk.DeletePolicyCommand({ PolicyArn: second }));
    await expect(remove()).rejects.toMatchObject({ name: 'DeleteConflictException' });
    await iam.send(new sdk.DeleteUserPermissionsBoundaryCommand({ UserName }));
    expect(await shown(UserName)).toBeUndefined();
    await remove();
  });

  test('has to exist, as the user has', async () => {
    const UserName = unique();
    const put = (PermissionsBoundary: string) =>
      iam.send(new sdk.PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }));
    const absent = { name: 'NoSuchEntityException' };
    await expect(put(await policy())).rejects.toMatchObject(absent);
    await iam.send(new sdk.CreateUserCommand({ UserName }));
    await expect(put(`arn:aws:iam::${account}:policy/none`)).rejects.toMatchObject(absent);
  });
});

test('a provider without a thumbprint has the one that IAM finds', async () => {
  const Url = 'https://oidc.example.com/id/ABC';
  const made = await iam.send(new sdk.CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ['a'] }));
  const { OpenIDConnectProviderArn } = made;
  const shown = await iam.send(new sdk.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  expect(shown.ThumbprintList).toEqual([expect.stringMatching(/^[0-9a-f]{40}$/)]);
});
