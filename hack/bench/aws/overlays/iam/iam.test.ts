import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyVersionCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestBench, type TestBench } from '../testing.ts';

const account = '111122223333';
let bench: TestBench;
let iam: IAMClient;

beforeAll(async () => {
  bench = await startTestBench();
  iam = new IAMClient(bench.clientConfig(account));
});
beforeEach(() => bench.gateway.reset());
afterAll(async () => {
  iam.destroy();
  await bench.stop();
});

const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const allowAll = document({ Effect: 'Allow', Action: 'sqs:*', Resource: '*' });
const trusting = (Principal: object) => document({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
const ec2 = trusting({ Service: 'ec2.amazonaws.com' });
const arn = (what: string) => `arn:aws:iam::${account}:${what}`;

const role = (RoleName: string, AssumeRolePolicyDocument = ec2, more: object = {}) =>
  iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument, ...more }));
const policy = (PolicyName: string, more: object = {}) =>
  iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: allowAll, ...more }));

test.each<[string, () => Promise<unknown>, string]>([
  ['a name that differs in case only', () => role('Nodes'), 'EntityAlreadyExistsException'],
  ['a trust that is no JSON', () => role('other', '{'), 'MalformedPolicyDocumentException'],
  ['a trust with a resource', () => role('other', allowAll), 'MalformedPolicyDocumentException'],
  [
    'a principal that is not there',
    () => role('other', trusting({ AWS: arn('role/absent') })),
    'MalformedPolicyDocumentException',
  ],
  [
    'a principal that is not there, later',
    () =>
      iam.send(
        new UpdateAssumeRolePolicyCommand({
          RoleName: 'nodes',
          PolicyDocument: trusting({ AWS: [arn('role/absent')] }),
        }),
      ),
    'MalformedPolicyDocumentException',
  ],
  [
    'a boundary that is not there',
    () => role('other', ec2, { PermissionsBoundary: arn('policy/absent') }),
    'NoSuchEntityException',
  ],
  [
    'a boundary that is not there, later',
    () =>
      iam.send(
        new PutRolePermissionsBoundaryCommand({
          RoleName: 'nodes',
          PermissionsBoundary: arn('policy/absent'),
        }),
      ),
    'NoSuchEntityException',
  ],
  [
    'a policy that is not there',
    () => iam.send(new AttachRolePolicyCommand({ RoleName: 'nodes', PolicyArn: arn('policy/absent') })),
    'NoSuchEntityException',
  ],
  [
    'a policy of the same name on another path',
    () => policy('Limits', { Path: '/opta/' }),
    'EntityAlreadyExistsException',
  ],
])('%s is refused', async (_, call, name) => {
  await role('nodes');
  await policy('limits');
  await expect(call()).rejects.toMatchObject({ name });
});

test.each([
  [{ AWS: arn('root') }],
  [{ AWS: arn('role/nodes') }],
  [{ AWS: 'arn:aws:iam::444455556666:role/somebody' }],
  [{ Service: 'pods.eks.amazonaws.com' }],
])('a role that trusts %j is made', async principal => {
  await role('nodes');
  await expect(role('other', trusting(principal))).resolves.toBeDefined();
});

test('a role goes only without its policies', async () => {
  await role('nodes');
  const RoleName = 'nodes';
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'one', PolicyDocument: allowAll }));
  const remove = () => iam.send(new DeleteRoleCommand({ RoleName }));
  await expect(remove()).rejects.toMatchObject({ name: 'DeleteConflictException' });
  await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'one' }));
  await remove();
});

test.each<[string, (PolicyArn: string) => Promise<unknown>]>([
  ['attached', PolicyArn => iam.send(new AttachRolePolicyCommand({ RoleName: 'nodes', PolicyArn }))],
  [
    'of several versions',
    PolicyArn =>
      iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allowAll, SetAsDefault: true })),
  ],
  ['a boundary', PolicyArn => role('other', ec2, { PermissionsBoundary: PolicyArn })],
])('a policy that is %s cannot be deleted', async (_, use) => {
  await role('nodes');
  const { Policy } = await policy('limits');
  const PolicyArn = Policy?.Arn ?? '';
  await use(PolicyArn);
  const remove = iam.send(new DeletePolicyCommand({ PolicyArn }));
  await expect(remove).rejects.toMatchObject({ name: 'DeleteConflictException' });
});

test('one that nothing uses can be deleted, and its document comes percent-encoded', async () => {
  const { Policy } = await policy('limits');
  const PolicyArn = Policy?.Arn ?? '';
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
  expect(PolicyVersion?.Document).toMatch(/^%7B/);
  expect(decodeURIComponent(PolicyVersion?.Document ?? '')).toBe(allowAll);
  await iam.send(new DeletePolicyCommand({ PolicyArn }));
});

test('a service has one role, which is not for others to change', async () => {
  const AWSServiceName = 'eks-nodegroup.amazonaws.com';
  const create = () => iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName }));
  const { Role } = await create();
  expect(Role?.RoleName).toBe('AWSServiceRoleForAmazonEKSNodegroup');
  await expect(create()).rejects.toMatchObject({ name: 'InvalidInputException' });
  const remove = iam.send(new DeleteRoleCommand({ RoleName: Role?.RoleName }));
  await expect(remove).rejects.toMatchObject({ name: 'UnmodifiableEntityException' });
});

test('client ids of a provider are added and removed, again and again', async () => {
  const { OpenIDConnectProviderArn } = await iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: 'https://oidc.example.com/id/1', ClientIDList: ['one'] }),
  );
  const at = { OpenIDConnectProviderArn };
  const clients = async () =>
    (await iam.send(new GetOpenIDConnectProviderCommand(at))).ClientIDList?.toSorted();
  const add = (ClientID: string) =>
    iam.send(new AddClientIDToOpenIDConnectProviderCommand({ ...at, ClientID }));
  const drop = (ClientID: string) =>
    iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ ...at, ClientID }));
  await add('two');
  await add('two');
  expect(await clients()).toEqual(['one', 'two']);
  await drop('one');
  await drop('one');
  expect(await clients()).toEqual(['two']);
  await iam.send(new DeleteOpenIDConnectProviderCommand(at));
  for (const call of [
    () => iam.send(new DeleteOpenIDConnectProviderCommand(at)),
    () => add('two'),
    () => drop('two'),
  ])
    await expect(call()).rejects.toMatchObject({ name: 'NoSuchEntityException' });
});
