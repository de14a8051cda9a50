import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  ListResourceTagsCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import type { Adaptor } from '../../engine/adaptor.ts';
import type { Tags } from '../../engine/owner.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';

export interface AliasDesired {
  readonly targetKeyId: string;
}

export interface AliasState {
  readonly targetKeyId: string;
}

/** Belongs to whom the key that it names belongs to: an alias has no tags. */
export const aliasAdaptor: Adaptor<AliasDesired, AliasState> = {
  type: 'kms/alias',
  createBy: 'name',
  nameScope: 'region',
  holdsData: false,
  // "Controlling access to aliases" in the AWS KMS Developer Guide: changes take up to five minutes to reach everywhere.
  settleMs: 5 * 60_000,
  async find(scope, identity, { desired }) {
    const { kms } = scope as AwsScope;
    if (identity.name === undefined) return [];
    const answer = await orAbsent(kms.send(new DescribeKeyCommand({ KeyId: identity.name })));
    const targetKeyId = answer?.KeyMetadata?.KeyId;
    if (targetKeyId === undefined) return [];
    const tags =
      targetKeyId === desired?.targetKeyId
        ? 'inherited'
        : await keyTags(scope as AwsScope, targetKeyId, identity.node);
    return [{ id: identity.name, name: identity.name, tags, state: { targetKeyId } }];
  },
  diff(desired, state) {
    if (state.targetKeyId === desired.targetKeyId) return [];
    return [{ field: 'targetKeyId', from: state.targetKeyId, to: desired.targetKeyId, risk: 'Low' }];
  },
  async create(scope, identity, desired) {
    const AliasName = identity.name ?? '';
    await (scope as AwsScope).kms.send(
      new CreateAliasCommand({ AliasName, TargetKeyId: desired.targetKeyId }),
    );
    return { id: AliasName, name: AliasName, tags: 'inherited', state: { targetKeyId: desired.targetKeyId } };
  },
  async update(scope, found, desired) {
    await (scope as AwsScope).kms.send(
      new UpdateAliasCommand({ AliasName: found.id, TargetKeyId: desired.targetKeyId }),
    );
    return { ...found, state: { targetKeyId: desired.targetKeyId } };
  },
  async remove(scope, found) {
    await orAbsent((scope as AwsScope).kms.send(new DeleteAliasCommand({ AliasName: found.id })));
  },
  readiness: () => ({ is: 'ready' }),
};

/** The key's tags, as if they were the alias's own: its node is another one of the same object. */
async function keyTags(scope: AwsScope, keyId: string, node: string): Promise<Tags | 'inherited'> {
  const page = await orAbsent(scope.kms.send(new ListResourceTagsCommand({ KeyId: keyId })));
  const tags = Object.fromEntries((page?.Tags ?? []).map(tag => [tag.TagKey ?? '', tag.TagValue ?? '']));
  return tags['opta.dev/node'] === undefined ? tags : { ...tags, 'opta.dev/node': node };
}
