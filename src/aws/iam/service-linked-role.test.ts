import { GetRoleCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AwsBench, startAwsBench } from '../conformance/world.ts';
import { serviceLinkedRoleAdaptor } from './service-linked-role.ts';

// Not the conformance suite: it is never tagged, changed or removed.
let bench: AwsBench;
beforeAll(async () => {
  bench = await startAwsBench();
});
afterAll(() => bench?.stop());

const desired = { service: 'eks.amazonaws.com' } as const;
const look = { desired, recorded: [], freshness: 'fresh' } as const;

test('absent it is made, and then found by its name', async () => {
  const { scope, identity, calls } = await bench.world();
  expect(await serviceLinkedRoleAdaptor.find(scope, identity(), look)).toEqual([]);
  const writes = await calls(() => serviceLinkedRoleAdaptor.create(scope, identity(), desired, { a: 'b' }));
  expect(writes.map(call => [call.operation, call.tags])).toEqual([['CreateServiceLinkedRole', undefined]]);
  const found = await serviceLinkedRoleAdaptor.find(scope, identity(), look);
  expect(found).toMatchObject([{ id: 'AWSServiceRoleForAmazonEKS', tags: 'inherited' }]);
  const later = { ...look, desired: undefined };
  const [one] = found;
  expect(await serviceLinkedRoleAdaptor.find(scope, identity({ id: one?.id }), later)).toEqual(found);
});

test('two who make it at once both have it', async () => {
  const { scope, identity } = await bench.world();
  const create = () => serviceLinkedRoleAdaptor.create(scope, identity(), desired, {});
  const [first, second] = await Promise.all([create(), create()]);
  expect(second).toEqual(first);
});

test('a create whose answer is lost is found by the next look', async () => {
  const { scope, identity, gateway } = await bench.world();
  gateway.addFault({ operation: 'CreateServiceLinkedRole', fault: { kind: 'resetAfter' } });
  const create = serviceLinkedRoleAdaptor.create(scope, identity(), desired, {});
  await expect(create).rejects.toMatchObject({ class: 'Transient' });
  expect(await serviceLinkedRoleAdaptor.find(scope, identity(), look)).toHaveLength(1);
});

test('it is never changed or removed', async () => {
  const { scope, identity, owner, calls } = await bench.world();
  const made = await serviceLinkedRoleAdaptor.create(scope, identity(), desired, {});
  const tried = await calls(async () => {
    await expect(serviceLinkedRoleAdaptor.remove(scope, made, { desired, owner })).rejects.toThrow('shared');
    await expect(serviceLinkedRoleAdaptor.update(scope, made, desired, [])).rejects.toThrow('shared');
  });
  expect(tried).toEqual([]);
  expect(serviceLinkedRoleAdaptor.tag).toBeUndefined();
  const { Role } = await scope.iam.send(new GetRoleCommand({ RoleName: made.id }));
  expect(Role?.Path).toBe('/aws-service-role/eks.amazonaws.com/');
});

test('is told from the list of all roles, and by itself where the list has none', async () => {
  const { scope, identity, calls } = await bench.world();
  const shared = { ...look, freshness: 'shared' } as const;
  const asked = async (sees: number) => {
    const made = await calls(async () =>
      expect(await serviceLinkedRoleAdaptor.find(scope, identity(), shared)).toHaveLength(sees),
    );
    return made.map(call => call.operation);
  };
  expect(await asked(0)).toEqual(['GetAccountAuthorizationDetails', 'GetRole']);
  const other = await bench.world({ accountId: scope.accountId });
  await serviceLinkedRoleAdaptor.create(other.scope, identity(), desired, {});
  await asked(1);
  const third = await bench.world({ accountId: scope.accountId });
  const fromList = await third.calls(() =>
    serviceLinkedRoleAdaptor.find(third.scope, third.identity(), shared),
  );
  expect(fromList.map(call => call.operation)).toEqual(['GetAccountAuthorizationDetails']);
});
