import { CreateAliasCommand, CreateKeyCommand, UpdateAliasCommand } from '@aws-sdk/client-kms';
import { conformance } from '../conformance/conformance.ts';
import { staleLists } from '../conformance/stale-lists.ts';
import type { World } from '../conformance/world.ts';
import { type AliasDesired, type AliasState, aliasAdaptor } from './alias.ts';

interface Parts {
  readonly own: string;
  readonly second: string;
}

/** A key of the same object, or with other tags. */
async function key(world: World, tags = world.tags()): Promise<string> {
  const Tags = Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
  const { KeyMetadata } = await world.scope.kms.send(new CreateKeyCommand({ Tags }));
  return KeyMetadata?.KeyId ?? '';
}

conformance<AliasDesired, AliasState, Parts>(
  aliasAdaptor,
  {
    prepare: async world => ({ own: await key(world), second: await key(world) }),
    name: world => `alias/${world.unique}`,
    desired: ({ own }) => ({ targetKeyId: own }),
    createdBy: 'CreateAlias',
    fields: { targetKeyId: (_, { second }) => ({ targetKeyId: second }) },
    drift: {
      targetKeyId: (world, { id }, { second }) =>
        world.scope.kms.send(new UpdateAliasCommand({ AliasName: id, TargetKeyId: second })),
    },
    async foreign(world, AliasName, tags) {
      const TargetKeyId = await key(world, tags ?? {});
      await world.scope.kms.send(new CreateAliasCommand({ AliasName, TargetKeyId }));
    },
    calls: { create: 2, drift: 1 },
  },
  bench =>
    staleLists(bench, aliasAdaptor, {
      prepare: async world => ({
        name: `alias/${world.unique}`,
        desired: { targetKeyId: await key(world) },
        changed: { targetKeyId: await key(world) },
      }),
      lists: ['ListAliases'],
      refusable: ['ListAliases'],
    }),
);
