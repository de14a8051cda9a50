import {
  CreateAddonCommand,
  CreatePodIdentityAssociationCommand,
  UpdatePodIdentityAssociationCommand,
} from '@aws-sdk/client-eks';
import { expect, test } from 'vitest';
import { conformance } from '../conformance/conformance.ts';
import type { World } from '../conformance/world.ts';
import { type PodIdentityDesired, type PodIdentityState, podIdentityAdaptor } from './pod-identity.ts';
import { podIdentityName } from './pod-identity-name.ts';
import { type EksParts, eksParts, withCluster } from './testing.ts';

async function prepare(world: World): Promise<EksParts> {
  const parts = eksParts(world);
  await withCluster(world, parts);
  return parts;
}

function desiredOf({ cluster, podRoles }: EksParts): PodIdentityDesired {
  return {
    clusterName: cluster,
    namespace: 'kube-system',
    serviceAccount: 'aws-node',
    roleArn: podRoles[0],
  };
}

conformance<PodIdentityDesired, PodIdentityState, EksParts>(
  podIdentityAdaptor,
  {
    prepare,
    name: (_, parts) => podIdentityName(desiredOf(parts)),
    desired: desiredOf,
    createdBy: 'CreatePodIdentityAssociation',
    fields: { roleArn: (desired, { podRoles }) => ({ ...desired, roleArn: podRoles[1] }) },
    drift: {
      roleArn: (world, { id: associationId, name }, { podRoles }) =>
        world.scope.eks.send(
          new UpdatePodIdentityAssociationCommand({
            clusterName: name?.split('/')[0],
            associationId,
            roleArn: podRoles[1],
          }),
        ),
    },
    foreign: (world, _, tags, parts) =>
      world.scope.eks.send(
        new CreatePodIdentityAssociationCommand({ ...desiredOf(parts), tags: { ...tags } }),
      ),
    calls: { create: 2, drift: 1 },
  },
  bench => {
    const look = { desired: undefined, recorded: [], freshness: 'fresh' } as const;

    async function made() {
      const world = await bench().world();
      const parts = await prepare(world);
      const desired = desiredOf(parts);
      const identity = world.identity({ name: podIdentityName(desired) });
      const found = await podIdentityAdaptor.create(world.scope, identity, desired, world.tags());
      return { world, parts, desired, identity, found };
    }

    test.each(['of another service account', 'that is none'])(
      'a recorded id %s is not followed',
      async what => {
        const at = await made();
        const other = await at.world.scope.eks.send(
          new CreatePodIdentityAssociationCommand({ ...at.desired, serviceAccount: 'other' }),
        );
        const id = what === 'that is none' ? 'a-0' : (other.association?.associationId ?? '');
        const found = await podIdentityAdaptor.find(at.world.scope, { ...at.identity, id }, look);
        expect(found.map(one => one.id)).toEqual([at.found.id]);
      },
    );

    test('one that an add-on made is somebody else’s', async () => {
      const world = await bench().world();
      const parts = await prepare(world);
      const desired = desiredOf(parts);
      await world.scope.eks.send(
        new CreateAddonCommand({
          clusterName: parts.cluster,
          addonName: 'vpc-cni',
          podIdentityAssociations: [{ serviceAccount: 'aws-node', roleArn: parts.podRoles[1] }],
        }),
      );
      const identity = world.identity({ name: podIdentityName(desired) });
      const [found] = await podIdentityAdaptor.find(world.scope, identity, look);
      expect(found).toMatchObject({ tags: {}, state: { ownerArn: expect.stringContaining('addon') } });
    });

    test('a role that is not visible yet, or not for pods, says so', async () => {
      const at = await made();
      const create = (roleArn: string) =>
        podIdentityAdaptor.create(
          at.world.scope,
          at.world.identity({ name: podIdentityName({ ...at.desired, serviceAccount: 'x' }), node: 'x' }),
          { ...at.desired, roleArn },
          at.world.tags(),
        );
      await expect(create(`${at.parts.podRoles[0]}-new`)).rejects.toMatchObject({ class: 'NotYet' });
      await expect(create(at.parts.nodeRole)).rejects.toMatchObject({ class: 'Invalid' });
    });
  },
);
