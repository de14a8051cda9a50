import {
  CreatePodIdentityAssociationCommand,
  type CreatePodIdentityAssociationCommandInput,
  DeletePodIdentityAssociationCommand,
  DescribePodIdentityAssociationCommand,
  ListPodIdentityAssociationsCommand,
  UpdatePodIdentityAssociationCommand,
} from '@aws-sdk/client-eks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EksBench, type EksWorld, outcomeOf, startEksBench, worldWithCluster } from './testing.ts';

let bench: EksBench;
beforeAll(async () => {
  bench = await startEksBench();
});
afterAll(() => bench.stop());

const clusterName = 'prod';

const association = (w: EksWorld, changes: Partial<CreatePodIdentityAssociationCommandInput> = {}) =>
  w.eks.send(
    new CreatePodIdentityAssociationCommand({
      clusterName,
      namespace: 'shop',
      serviceAccount: 'orders',
      roleArn: w.podRole,
      ...changes,
    }),
  );

test('Pod Identity: made once per service account, found by it, changed and deleted by id', async () => {
  const w = await worldWithCluster(bench);
  const made = (await association(w, { clientRequestToken: 'one', tags: { a: 'b' } })).association;
  expect(made?.associationId).toMatch(/^a-[0-9a-f]{17}$/);
  const again = await association(w, { clientRequestToken: 'one', tags: { a: 'b' } });
  expect(again.association?.associationId).toBe(made?.associationId);
  expect(await outcomeOf(association(w))).toBe('ResourceInUseException');
  await association(w, { namespace: 'other' });
  const found = await w.eks.send(
    new ListPodIdentityAssociationsCommand({ clusterName, namespace: 'shop', serviceAccount: 'orders' }),
  );
  expect(found.associations?.map(one => one.associationId)).toEqual([made?.associationId]);
  const byId = { clusterName, associationId: made?.associationId };
  const other = `${w.podRole}-2`;
  expect(
    await outcomeOf(w.eks.send(new UpdatePodIdentityAssociationCommand({ ...byId, roleArn: other }))),
  ).toBe('InvalidParameterException');
  w.account.roles.set(other, { trusts: ['pods.eks.amazonaws.com'] });
  await w.eks.send(new UpdatePodIdentityAssociationCommand({ ...byId, roleArn: other }));
  const { association: shown } = await w.eks.send(new DescribePodIdentityAssociationCommand(byId));
  expect(shown).toMatchObject({ roleArn: other, tags: { a: 'b' }, disableSessionTags: false });
  await w.eks.send(new DeletePodIdentityAssociationCommand(byId));
  expect(await outcomeOf(w.eks.send(new DescribePodIdentityAssociationCommand(byId)))).toBe(
    'ResourceNotFoundException',
  );
});

test('Pod Identity asks for a role that its agent may assume, and a policy for no session tags', async () => {
  const w = await worldWithCluster(bench);
  expect(await outcomeOf(association(w, { roleArn: w.nodeRole }))).toBe('InvalidParameterException');
  expect(await outcomeOf(association(w, { policy: '{}' }))).toBe('InvalidParameterException');
  await association(w, { policy: '{}', disableSessionTags: true });
});
