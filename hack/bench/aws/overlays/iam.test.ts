import * as sdk from '@aws-sdk/client-iam';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestBench, type TestBench } from './testing.ts';

const account = '111122223333';
let bench: TestBench;
let iam: sdk.IAMClient;

beforeAll(async () => {
  bench = await startTestBench();
  iam = new sdk.IAMClient({ ...bench.clientConfig(account), region: 'us-east-1' });
});
beforeEach(() => bench.gateway.reset());
afterAll(() => bench.stop());

const trustOf = (principal: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }],
  });
const TRUST = trustOf({ Service: 'ec2.amazonaws.com' });
const policyOf = (...Action: string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
const POLICY = policyOf('s3:GetObject');
const NOWHERE = `arn:aws:iam::${account}:policy/none`;

const role = (RoleName: string, more: Partial<sdk.CreateRoleCommandInput> = {}) =>
  iam.send(new sdk.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST, ...more }));
const user = (UserName: string, more: Partial<sdk.CreateUserCommandInput> = {}) =>
  iam.send(new sdk.CreateUserCommand({ UserName, ...more }));

async function policy(PolicyName: string, more: Partial<sdk.CreatePolicyCommandInput> = {}): Promise<string> {
  const command = new sdk.CreatePolicyCommand({ PolicyName, PolicyDocument: POLICY, ...more });
  return (await iam.send(command)).Policy?.Arn ?? '';
}

describe('names exist once in the account', () => {
  test.each<[string, (name: string, path: string) => Promise<unknown>]>([
    ['role', (name, Path) => role(name, { Path })],
    ['user', (name, Path) => user(name, { Path })],
    ['policy', (name, Path) => policy(name, { Path })],
  ])('a %s, whatever its case and path', async (_, make) => {
    await make('Nodes', '/a/');
    await expect(make('nodes', '/a/')).rejects.toMatchObject({ name: 'EntityAlreadyExistsException' });
    await expect(make('Nodes', '/b/')).rejects.toMatchObject({ name: 'EntityAlreadyExistsException' });
    await make('nodes-2', '/a/');
  });

  test('of many that come at a time one is made', async () => {
    const made = await Promise.allSettled(['a', 'A', 'a', 'A'].map(name => role(name)));
    expect(made.filter(one => one.status === 'fulfilled')).toHaveLength(1);
  });
});

describe('documents', () => {
  test.each<[string, string]>([
    ['that is no JSON', '{'],
    ['without a principal', POLICY],
    ['of another service', TRUST.replace('sts:AssumeRole', 's3:GetObject')],
    ['with a role that does not exist', trustOf({ AWS: `arn:aws:iam::${account}:role/none` })],
    ['with a user that does not exist', trustOf({ AWS: [`arn:aws:iam::${account}:user/none`] })],
  ])('a trust policy %s is refused', async (_, document) => {
    const malformed = { name: 'MalformedPolicyDocumentException' };
    await expect(role('a', { AssumeRolePolicyDocument: document })).rejects.toMatchObject(malformed);
    await role('a');
    const update = new sdk.UpdateAssumeRolePolicyCommand({ RoleName: 'a', PolicyDocument: document });
    await expect(iam.send(update)).rejects.toMatchObject(malformed);
  });

  test('a trust policy may name a role that exists, and other accounts', async () => {
    const { Role } = await role('a');
    const AWS = [Role?.Arn ?? '', 'arn:aws:iam::999999999999:role/anything'];
    await role('b', { AssumeRolePolicyDocument: trustOf({ AWS }) });
  });

  test('of a managed policy come percent-encoded', async () => {
    const PolicyArn = await policy('a', { PolicyDocument: POLICY });
    const version = new sdk.GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' });
    const { PolicyVersion } = await iam.send(version);
    expect(PolicyVersion?.Document).not.toContain('{');
    expect(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? ''))).toEqual(JSON.parse(POLICY));
  });

  test.each<[string, number, (document: string) => Promise<unknown>]>([
    ['a managed policy', 6_144, PolicyDocument => policy('a', { PolicyDocument })],
    [
      'an inline policy',
      10_240,
      async PolicyDocument => {
        await role('a').catch(() => {});
        await iam.send(new sdk.PutRolePolicyCommand({ RoleName: 'a', PolicyName: 'p', PolicyDocument }));
      },
    ],
  ])('%s has a greatest length of %d, white space not counted', async (_, limit, make) => {
    const actions = (length: number) => {
      const empty = policyOf('s3:').length;
      return policyOf(`s3:${'a'.repeat(length - empty)}`);
    };
    await expect(make(actions(limit + 1))).rejects.toMatchObject({ name: 'LimitExceededException' });
    await make(actions(limit).replaceAll(',', ',\n    '));
  });

  test('the inline policies of a role count together', async () => {
    await role('a');
    const put = (PolicyName: string, length: number) =>
      iam.send(
        new sdk.PutRolePolicyCommand({
          RoleName: 'a',
          PolicyName,
          PolicyDocument: policyOf(`s3:${'a'.repeat(length)}`),
        }),
      );
    await put('one', 6000);
    await expect(put('two', 6000)).rejects.toMatchObject({ name: 'LimitExceededException' });
    await put('one', 7000);
    await put('two', 2000);
  });

  test('a trust policy has a greatest length', async () => {
    const AWS = Array.from({ length: 60 }, (_, index) => `arn:aws:iam::999999999999:role/role-${index}`);
    await expect(role('a', { AssumeRolePolicyDocument: trustOf({ AWS }) })).rejects.toMatchObject({
      name: 'LimitExceededException',
    });
  });
});

describe('a managed policy is deleted', () => {
  const remove = (PolicyArn: string) => iam.send(new sdk.DeletePolicyCommand({ PolicyArn }));
  const conflict = { name: 'DeleteConflictException' };

  test('only when nobody bears it', async () => {
    const PolicyArn = await policy('a');
    await role('r');
    await iam.send(new sdk.AttachRolePolicyCommand({ RoleName: 'r', PolicyArn }));
    await expect(remove(PolicyArn)).rejects.toMatchObject(conflict);
    await iam.send(new sdk.DetachRolePolicyCommand({ RoleName: 'r', PolicyArn }));
    await remove(PolicyArn);
    await expect(remove(PolicyArn)).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  });

  test.each<[string, (arn: string) => Promise<unknown>, () => Promise<unknown>]>([
    [
      'role',
      PermissionsBoundary => role('r', { PermissionsBoundary }),
      () => iam.send(new sdk.DeleteRolePermissionsBoundaryCommand({ RoleName: 'r' })),
    ],
    [
      'user',
      PermissionsBoundary => user('u', { PermissionsBoundary }),
      () => iam.send(new sdk.DeleteUserPermissionsBoundaryCommand({ UserName: 'u' })),
    ],
  ])('only when it is the boundary of no %s', async (_, bound, unbind) => {
    const arn = await policy('a');
    await bound(arn);
    await expect(remove(arn)).rejects.toMatchObject(conflict);
    await unbind();
    await remove(arn);
  });

  test('only when it has one version', async () => {
    const PolicyArn = await policy('a');
    await iam.send(
      new sdk.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: POLICY, SetAsDefault: true }),
    );
    await expect(remove(PolicyArn)).rejects.toMatchObject(conflict);
    await iam.send(new sdk.DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
    await remove(PolicyArn);
  });
});

describe('boundaries', () => {
  test('that do not exist are refused', async () => {
    const absent = { name: 'NoSuchEntityException' };
    await expect(role('a', { PermissionsBoundary: NOWHERE })).rejects.toMatchObject(absent);
    await expect(user('a', { PermissionsBoundary: NOWHERE })).rejects.toMatchObject(absent);
    await role('a');
    await user('a');
    const boundary = { PermissionsBoundary: NOWHERE };
    const put = new sdk.PutRolePermissionsBoundaryCommand({ RoleName: 'a', ...boundary });
    await expect(iam.send(put)).rejects.toMatchObject(absent);
    const putUser = new sdk.PutUserPermissionsBoundaryCommand({ UserName: 'a', ...boundary });
    await expect(iam.send(putUser)).rejects.toMatchObject(absent);
  });

  test('of users are set, shown and taken off', async () => {
    const [first, second] = [await policy('a'), await policy('b')];
    const shown = async () =>
      (await iam.send(new sdk.GetUserCommand({ UserName: 'u' }))).User?.PermissionsBoundary
        ?.PermissionsBoundaryArn;
    await user('u', { PermissionsBoundary: first });
    expect(await shown()).toBe(first);
    await iam.send(new sdk.PutUserPermissionsBoundaryCommand({ UserName: 'u', PermissionsBoundary: second }));
    expect(await shown()).toBe(second);
    await iam.send(new sdk.DeleteUserPermissionsBoundaryCommand({ UserName: 'u' }));
    expect(await shown()).toBeUndefined();
  });
});

test('a role bears ten managed policies', async () => {
  await role('a');
  const arns: string[] = [];
  for (let index = 0; index < 11; index++) arns.push(await policy(`p${index}`));
  const attach = (PolicyArn = '') => iam.send(new sdk.AttachRolePolicyCommand({ RoleName: 'a', PolicyArn }));
  for (const arn of arns.slice(0, 10)) await attach(arn);
  await expect(attach(arns[10])).rejects.toMatchObject({ name: 'LimitExceededException' });
  await attach(arns[0]);
});

describe('an OIDC provider', () => {
  const Url = 'https://oidc.eks.eu-central-1.amazonaws.com/id/ABC';

  async function provider(): Promise<string> {
    const command = new sdk.CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ['sts.amazonaws.com'] });
    return (await iam.send(command)).OpenIDConnectProviderArn ?? '';
  }
  const get = (OpenIDConnectProviderArn: string) =>
    iam.send(new sdk.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));

  test('gets client ids and loses them, each call as often as one likes', async () => {
    const OpenIDConnectProviderArn = await provider();
    const add = (ClientID: string) =>
      iam.send(new sdk.AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }));
    const remove = (ClientID: string) =>
      iam.send(
        new sdk.RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }),
      );
    await add('other');
    await add('other');
    expect((await get(OpenIDConnectProviderArn)).ClientIDList).toEqual(['sts.amazonaws.com', 'other']);
    await remove('sts.amazonaws.com');
    await remove('sts.amazonaws.com');
    expect((await get(OpenIDConnectProviderArn)).ClientIDList).toEqual(['other']);
  });

  test('without a thumbprint has the one that IAM finds', async () => {
    expect((await get(await provider())).ThumbprintList).toEqual([expect.stringMatching(/^[0-9a-f]{40}$/)]);
  });

  test('made anew has the client ids of its creation', async () => {
    const OpenIDConnectProviderArn = await provider();
    await iam.send(
      new sdk.AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: 'x' }),
    );
    await iam.send(new sdk.DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
    expect((await get(await provider())).ClientIDList).toEqual(['sts.amazonaws.com']);
  });

  test('that is not there is not changed or deleted', async () => {
    const OpenIDConnectProviderArn = `arn:aws:iam::${account}:oidc-provider/none.example.com`;
    const ClientID = 'x';
    for (const command of [
      new sdk.AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }),
      new sdk.RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID }),
      new sdk.DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }),
    ])
      await expect(iam.send<never, never>(command as never)).rejects.toMatchObject({
        name: 'NoSuchEntityException',
      });
  });
});

describe('a service-linked role', () => {
  const make = () =>
    iam.send(new sdk.CreateServiceLinkedRoleCommand({ AWSServiceName: 'eks.amazonaws.com' }));
  const RoleName = 'AWSServiceRoleForAmazonEKS';

  test("has AWS's own name, exists once, and its trust is percent-encoded", async () => {
    const { Role } = await make();
    expect(Role).toMatchObject({ RoleName, Path: '/aws-service-role/eks.amazonaws.com/' });
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toContain('"eks.amazonaws.com"');
    expect(Role?.AssumeRolePolicyDocument).not.toContain('{');
    await expect(make()).rejects.toMatchObject({
      name: 'InvalidInputException',
      message: expect.stringContaining('has been taken'),
    });
  });

  test('is changed by nobody', async () => {
    await make();
    const PolicyArn = await policy('a');
    for (const command of [
      new sdk.DeleteRoleCommand({ RoleName }),
      new sdk.AttachRolePolicyCommand({ RoleName, PolicyArn }),
      new sdk.PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: POLICY }),
      new sdk.PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: PolicyArn }),
      new sdk.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: TRUST }),
      new sdk.UpdateRoleCommand({ RoleName, Description: 'mine' }),
    ])
      await expect(iam.send<never, never>(command as never)).rejects.toMatchObject({
        name: 'UnmodifiableEntityException',
      });
  });
});

test('what was just made is not seen yet, where a test says so', async () => {
  await role('a');
  const PolicyArn = await policy('p');
  bench.gateway.addFault({ service: 'iam', fault: { kind: 'notFoundForNew', seconds: 60 } });
  const get = () => iam.send(new sdk.GetRoleCommand({ RoleName: 'a' }));
  await expect(get()).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  await expect(iam.send(new sdk.GetPolicyCommand({ PolicyArn }))).rejects.toMatchObject({
    name: 'NoSuchEntityException',
  });
  bench.gateway.advanceClock(61);
  await get();
});
