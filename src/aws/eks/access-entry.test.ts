import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  DisassociateAccessPolicyCommand,
  UpdateAccessEntryCommand,
} from '@aws-sdk/client-eks';
import { expect, test } from 'vitest';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import { type AccessEntryDesired, type AccessEntryState, accessEntryAdaptor } from './access-entry.ts';
import { childName, splitChildName } from './child-name.ts';
import { type EksParts, eksParts, withCluster } from './testing.ts';

const ADMIN = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';
const VIEW = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy';
const EDIT = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy';

async function prepare(world: World): Promise<EksParts> {
  const parts = eksParts(world);
  await withCluster(world, parts);
  return parts;
}

function at(id: string) {
  const name = splitChildName(id);
  return { clusterName: name?.clusterName, principalArn: name?.child };
}

function desiredOf(parts: EksParts): AccessEntryDesired {
  return {
    clusterName: parts.cluster,
    principalArn: parts.podRoles[0],
    kubernetesGroups: ['auditors'],
    policies: [
      { policyArn: VIEW, namespaces: ['shop', 'web'] },
      { policyArn: ADMIN, namespaces: [] },
    ],
  };
}

conformance<AccessEntryDesired, AccessEntryState, EksParts>(
  accessEntryAdaptor,
  {
    prepare,
    name: (_, { cluster, podRoles }) => childName(cluster, podRoles[0]),
    desired: parts => desiredOf(parts),
    createdBy: 'CreateAccessEntry',
    fields: {
      kubernetesGroups: desired => ({ ...desired, kubernetesGroups: [] }),
      policies: desired => ({
        ...desired,
        policies: [
          { policyArn: VIEW, namespaces: ['shop'] },
          { policyArn: EDIT, namespaces: ['web'] },
        ],
      }),
    },
    drift: {
      kubernetesGroups: (world, { id }) =>
        world.scope.eks.send(new UpdateAccessEntryCommand({ ...at(id), kubernetesGroups: ['others'] })),
      policies: async (world, { id }) => {
        const accessScope = { type: 'cluster' as const };
        await world.scope.eks.send(
          new AssociateAccessPolicyCommand({ ...at(id), policyArn: EDIT, accessScope }),
        );
        await world.scope.eks.send(new DisassociateAccessPolicyCommand({ ...at(id), policyArn: VIEW }));
      },
    },
    rewritten: {
      'policies and namespaces in another order': state => ({
        ...state,
        policies: state.policies
          .map(one => ({ ...one, namespaces: one.namespaces.toReversed() }))
          .toReversed(),
      }),
    },
    foreign: (world, name, tags) =>
      world.scope.eks.send(new CreateAccessEntryCommand({ ...at(name), tags: { ...tags } })),
    calls: { create: 2, drift: 2 },
  },
  bench => {
    const look = { desired: undefined, recorded: [], freshness: 'fresh' } as const;

    test('policies are read to the last page', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const desired = desiredOf(parts);
      const identity = world.identity({ name: childName(parts.cluster, desired.principalArn) });
      const made = await accessEntryAdaptor.create(world.scope, identity, desired, world.tags());
      await accessEntryAdaptor.update(
        world.scope,
        made,
        desired,
        accessEntryAdaptor.diff(desired, made.state, []),
      );
      world.gateway.addFault({
        operation: 'ListAssociatedAccessPolicies',
        fault: { kind: 'pageSize', n: 1 },
      });
      const [found] = await accessEntryAdaptor.find(world.scope, identity, look);
      expect(found && accessEntryAdaptor.diff(desired, found.state, [])).toEqual([]);
    });

    test('a principal that is not visible yet is "not yet"', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const principalArn = `${parts.podRoles[0]}-new`;
      const identity = world.identity({ name: childName(parts.cluster, principalArn) });
      const desired = { ...desiredOf(parts), principalArn };
      const create = accessEntryAdaptor.create(world.scope, identity, desired, world.tags());
      await expect(create).rejects.toMatchObject({ class: 'NotYet' });
    });

    test.each([
      ['UpdateAccessEntry', 'kubernetesGroups'],
      ['AssociateAccessPolicy', 'policies'],
    ])('%s: an entry that EKS does not show everywhere yet is waited for', async (operation, field) => {
      const world = await bench().world();
      const parts = await prepare(world);
      const identity = world.identity({ name: childName(parts.cluster, parts.podRoles[0]) });
      const bare = { ...desiredOf(parts), kubernetesGroups: [], policies: [] };
      const made = await accessEntryAdaptor.create(world.scope, identity, bare, world.tags());
      // terraform-provider-aws, internal/service/eks/access_policy_association.go, waits while EKS answers this.
      world.gateway.addFault({
        operation,
        fault: {
          kind: 'serverError',
          status: 404,
          code: 'ResourceNotFoundException',
          message: 'The specified principalArn could not be found.',
        },
      });
      const desired = desiredOf(parts);
      const changes = accessEntryAdaptor.diff(desired, made.state, []).filter(one => one.field === field);
      const update = accessEntryAdaptor.update(world.scope, made, desired, changes);
      await expect(update).rejects.toMatchObject({
        class: 'NotYet',
        retryAfterMs: 5_000,
        message: expect.stringContaining(`does not show access entry ${made.id} everywhere yet`),
      });
    });

    test('an entry for nodes of this name cannot become one for people', () => {
      const state = { type: 'EC2_LINUX', principalId: undefined, kubernetesGroups: [], policies: [] };
      const desired = { clusterName: 'c', principalArn: 'p', kubernetesGroups: [], policies: [] };
      expect(accessEntryAdaptor.diff(desired, state, [])).toMatchObject([{ field: 'type', replace: true }]);
    });

    test('an entry bears the id of its principal, and one that is made again under its name needs another', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const desired = { ...desiredOf(parts), principalId: 'AROAFIRST' };
      const identity = world.identity({ name: childName(parts.cluster, desired.principalArn) });
      await accessEntryAdaptor.create(world.scope, identity, desired, world.tags());
      const [found] = await accessEntryAdaptor.find(world.scope, identity, look);
      const changes = (principalId: string | undefined) => {
        const { principalId: _, ...rest } = { ...desired, policies: [] };
        const now = principalId === undefined ? rest : { ...rest, principalId };
        return found && accessEntryAdaptor.diff(now, found.state, []);
      };
      expect(changes('AROAFIRST')).toEqual([]);
      expect(changes(undefined)).toEqual([]);
      expect(changes('AROASECOND')).toMatchObject([
        { field: 'principalId', from: 'AROAFIRST', to: 'AROASECOND', replace: true },
      ]);
    });

    test('on a cluster without access entries it is waited for', async () => {
      const world = await bench().world();
      const parts = eksParts(world);
      await withCluster(world, parts, { accessConfig: { authenticationMode: 'CONFIG_MAP' } });
      const desired = desiredOf(parts);
      const identity = world.identity({ name: childName(parts.cluster, desired.principalArn) });
      const create = accessEntryAdaptor.create(world.scope, identity, desired, world.tags());
      await expect(create).rejects.toMatchObject({
        class: 'Busy',
        message: expect.stringContaining('authentication mode'),
      });
    });
  },
);
