import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  ListAliasesCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import type { Freshness } from '../../engine/adaptor.ts';
import { CloudError } from '../../engine/errors.ts';
import { tagsOfParent } from '../../engine/owner.ts';
import type { AwsAdaptor } from '../aws-adaptor.ts';
import { orAbsent } from '../errors.ts';
import { onceVisible } from '../existing.ts';
import type { AwsScope } from '../scope.ts';
import { listed, noteWrite } from '../whole.ts';
import { readTags } from './key-find.ts';

export interface AliasDesired {
  readonly targetKeyId: string;
}

export interface AliasState {
  readonly targetKeyId: string;
}

// "Controlling access to aliases" in the AWS KMS Developer Guide: changes take up to five minutes to reach everywhere.
const SETTLE_MS = 5 * 60_000;
const KEY = 'kms/aliases';
// AWS KMS API Reference, ListAliases, Limit: 1 to 100.
const PAGE = 100;

/** Belongs to whom the key that it names belongs to: an alias has no tags. */
export const aliasAdaptor: AwsAdaptor<AliasDesired, AliasState> = {
  type: 'kms/alias',
  createBy: 'name',
  nameScope: 'region',
  holdsData: false,
  sharesReads: true,
  settleMs: SETTLE_MS,
  async find(scope, identity, { desired, freshness }) {
    if (identity.name === undefined) return [];
    const targetKeyId = await targetOf(scope, identity.name, freshness);
    if (targetKeyId === undefined) return [];
    const tags =
      targetKeyId === desired?.targetKeyId
        ? 'inherited'
        : tagsOfParent((await readTags(scope, targetKeyId)) ?? {}, identity.node);
    return [{ id: identity.name, name: identity.name, tags, state: { targetKeyId } }];
  },
  diff(desired, state) {
    if (state.targetKeyId === desired.targetKeyId) return [];
    return [{ field: 'targetKeyId', from: state.targetKeyId, to: desired.targetKeyId, risk: 'Low' }];
  },
  async create(scope, identity, desired) {
    const AliasName = identity.name ?? '';
    noteAlias(scope, AliasName);
    try {
      const command = new CreateAliasCommand({ AliasName, TargetKeyId: desired.targetKeyId });
      await onceVisible(`key ${desired.targetKeyId}`, scope.kms.send(command));
    } catch (error) {
      if (!(error instanceof CloudError) || error.code !== 'AlreadyExistsException') throw error;
      // Ours of a lost answer, which the look before did not show yet, or somebody else's.
      const target = await targetOf(scope, AliasName, 'fresh');
      if (target === undefined)
        throw new CloudError('NotYet', `${AliasName} exists and KMS does not show its key yet`, {
          cause: error,
        });
      if (target !== desired.targetKeyId) throw error;
    }
    return { id: AliasName, name: AliasName, tags: 'inherited', state: { targetKeyId: desired.targetKeyId } };
  },
  async update(scope, found, desired) {
    noteAlias(scope, found.id);
    const command = new UpdateAliasCommand({ AliasName: found.id, TargetKeyId: desired.targetKeyId });
    await onceVisible(`${found.id} or key ${desired.targetKeyId}`, scope.kms.send(command));
    return { ...found, state: { targetKeyId: desired.targetKeyId } };
  },
  async remove(scope, found) {
    noteAlias(scope, found.id);
    await scope.kms.send(new DeleteAliasCommand({ AliasName: found.id }));
  },
  readiness: () => ({ is: 'ready' }),
};

function noteAlias({ listings }: AwsScope, alias: string): void {
  noteWrite(listings, { key: KEY }, alias);
}

async function targetOf(scope: AwsScope, alias: string, freshness: Freshness): Promise<string | undefined> {
  if (freshness === 'shared') {
    const aliases = { key: KEY, settleMs: SETTLE_MS, read: () => readAll(scope) };
    const target = (await listed(scope.listings, aliases, alias))?.get(alias);
    if (target !== undefined) return target;
  }
  // A list lags.
  return (await orAbsent(scope.kms.send(new DescribeKeyCommand({ KeyId: alias }))))?.KeyMetadata?.KeyId;
}

/** Keys of all aliases of the region. */
async function readAll({ kms, installation }: AwsScope) {
  const items = new Map<string, string>();
  let pages = 0;
  let Marker: string | undefined;
  do {
    const page = await kms.send(new ListAliasesCommand({ Limit: PAGE, Marker }));
    pages += 1;
    for (const { AliasName, TargetKeyId } of page.Aliases ?? [])
      if (AliasName !== undefined && TargetKeyId !== undefined) items.set(AliasName, TargetKeyId);
    Marker = page.Truncated === true ? page.NextMarker : undefined;
  } while (Marker !== undefined);
  const ours = [...items.keys()].filter(name => name.startsWith(`alias/${installation}-`));
  return { items, pages, singles: ours.length };
}
