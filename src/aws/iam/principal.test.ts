import { CreateRoleCommand, CreateUserCommand, DeleteRoleCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AwsBench, startAwsBench, type World } from '../conformance/world.ts';
import { principalAdaptor } from './principal.ts';

let bench: AwsBench;
let world: World;
beforeAll(async () => {
  bench = await startAwsBench();
  world = await bench.world();
});
afterAll(() => bench?.stop());

async function look(arn: string) {
  const identity = world.identity({});
  const context = { desired: { arn }, recorded: [], freshness: 'fresh' } as const;
  return (await principalAdaptor.find(world.scope, identity, context)).map(one => one.state.uniqueId);
}

const Path = '/team/';
const document = (accountId: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: 'sts:AssumeRole' },
    ],
  });
const arnOf = (sort: string, name: string) => `arn:aws:iam::${world.scope.accountId}:${sort}${Path}${name}`;

async function makeRole(RoleName: string): Promise<string | undefined> {
  const AssumeRolePolicyDocument = document(world.scope.accountId);
  const made = await world.scope.iam.send(
    new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument }),
  );
  return made.Role?.RoleId;
}

describe('a principal', () => {
  test('that is made again under its name is another one', async () => {
    const first = await makeRole('admin');
    expect(await look(arnOf('role', 'admin'))).toEqual([first]);
    await world.scope.iam.send(new DeleteRoleCommand({ RoleName: 'admin' }));
    expect(await look(arnOf('role', 'admin'))).toEqual([]);
    const second = await makeRole('admin');
    expect(second).not.toBe(first);
    expect(await look(arnOf('role', 'admin'))).toEqual([second]);
  });
  test('may be a user', async () => {
    const { User } = await world.scope.iam.send(new CreateUserCommand({ UserName: 'ana', Path }));
    expect(await look(arnOf('user', 'ana'))).toEqual([User?.UserId]);
  });
  test('of the same name on another path is not it', async () => {
    await makeRole('other');
    expect(await look(`arn:aws:iam::${world.scope.accountId}:role/other`)).toEqual([]);
  });
  test('is told from the list of all roles, and by itself where the list has none or another', async () => {
    const there = await bench.world({ accountId: world.scope.accountId });
    const shared = async (arn: string) => {
      const context = { desired: { arn }, recorded: [], freshness: 'shared' } as const;
      let found: readonly (string | undefined)[] = [];
      const calls = await there.calls(async () => {
        const all = await principalAdaptor.find(there.scope, there.identity(), context);
        found = all.map(one => one.state.uniqueId);
      });
      return { found, asked: calls.map(call => call.operation) };
    };
    const listed = await makeRole('listed');
    expect(await shared(arnOf('role', 'listed'))).toEqual({
      found: [listed],
      asked: ['GetAccountAuthorizationDetails'],
    });
    const since = await makeRole('since');
    expect((await shared(arnOf('role', 'since'))).found).toEqual([since]);
    expect((await shared(`arn:aws:iam::${world.scope.accountId}:role/listed`)).found).toEqual([]);
  });
  test('of another account is not asked for, and is there', async () => {
    const calls = await world.calls(async () => {
      expect(await look('arn:aws:iam::999999999999:role/admin')).toEqual([undefined]);
    });
    expect(calls).toEqual([]);
  });
});
