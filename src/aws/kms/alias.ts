import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import type { Adaptor } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import { tagsOfParent } from '../../engine/owner.ts';
import { orAbsent } from '../errors.ts';
import type { AwsScope } from '../scope.ts';
import { readTags } from './key.ts';

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
    if (identity.name === undefined) return [];
    const targetKeyId = await targetOf(scope as AwsScope, identity.name);
    if (targetKeyId === undefined) return [];
    const tags =
      targetKeyId === desired?.targetKeyId
        ? 'inherited'
        : tagsOfParent((await readTags(scope as AwsScope, targetKeyId)) ?? {}, identity.node);
    return [{ id: identity.name, name: identity.name, tags, state: { targetKeyId } }];
  },
  diff(desired, state) {
    if (state.targetKeyId === desired.targetKeyId) return [];
    return [{ field: 'targetKeyId', from: state.targetKeyId, to: desired.targetKeyId, risk: 'Low' }];
  },
  async create(scope, identity, desired) {
    const AliasName = identity.name ?? '';
    try {
      await (scope as AwsScope).kms.send(
        new CreateAliasCommand({ AliasName, TargetKeyId: desired.targetKeyId }),
      );
    } catch (error) {
      if (!(error instanceof CloudError) || error.code !== 'AlreadyExistsException') throw error;
      // Ours of a lost answer, which the look before did not show yet, or somebody else's.
      const target = await targetOf(scope as AwsScope, AliasName);
      if (target === undefined)
        throw new CloudError('NotYet', `${AliasName} exists and KMS does not show its key yet`, {
          cause: error,
        });
      if (target !== desired.targetKeyId) throw error;
    }
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

async function targetOf({ kms }: AwsScope, alias: string): Promise<string | undefined> {
  return (await orAbsent(kms.send(new DescribeKeyCommand({ KeyId: alias }))))?.KeyMetadata?.KeyId;
}
