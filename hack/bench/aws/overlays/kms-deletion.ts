/**
 * Keys whose waiting period is over are gone, by the gateway's clock. Source: KMS developer guide, "Deleting AWS KMS
 * keys": "deletes the KMS key and all AWS KMS data associated with it, including all aliases that point to it".
 */
import { isObject } from '../../policy/document.ts';
import { type BenchContext, jsonInput, type Overlay, textField } from '../overlay.ts';
import { askJson, findKey, jsonBody, placeOf, withBody } from './questions.ts';

const source = 'KMS developer guide, "Deleting AWS KMS keys"; KMS API, ScheduleKeyDeletion';
const dayMs = 86_400_000;

interface Deletion {
  arn: string;
  /** Milliseconds since 1970. */
  at: number;
  buried: boolean;
}

/** Scheduled deletions by key id. */
function deletions({ state }: BenchContext): Map<string, Deletion> {
  const known = state.get('kms:deletions');
  if (known instanceof Map) return known;
  const fresh = new Map<string, Deletion>();
  state.set('kms:deletions', fresh);
  return fresh;
}

function isGone(bench: BenchContext, reference: string): boolean {
  return deletions(bench).get(reference.replace(/^.*:key\//, ''))?.buried ?? false;
}

/** Takes the aliases of keys that are due away; the key itself stays in the emulator and is denied from then on. */
async function buryDue(bench: BenchContext): Promise<void> {
  for (const [keyId, deletion] of deletions(bench)) {
    if (deletion.buried || bench.now() < deletion.at) continue;
    deletion.buried = true;
    const place = placeOf(deletion.arn, { region: '', accountId: '' });
    const listed = await askJson(bench, {
      service: 'kms',
      ...place,
      operation: 'ListAliases',
      input: { KeyId: keyId },
    });
    for (const alias of Array.isArray(listed?.Aliases) ? listed.Aliases.filter(isObject) : []) {
      const input = { AliasName: alias.AliasName };
      await askJson(bench, { service: 'kms', ...place, operation: 'DeleteAlias', input });
    }
  }
}

const gone: Overlay = {
  service: 'kms',
  operation: /./,
  source,
  async before(call, bench) {
    await buryDue(bench);
    const reference = textField(call, 'KeyId') || textField(call, 'TargetKeyId');
    if (!isGone(bench, reference)) return undefined;
    return bench.error(call, {
      status: 400,
      code: 'NotFoundException',
      message: `Key '${reference}' does not exist`,
    });
  },
};

const schedule: Overlay = {
  service: 'kms',
  operation: 'ScheduleKeyDeletion',
  source,
  after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const body = jsonBody(answer);
    const days = Number(jsonInput(call).PendingWindowInDays ?? 30);
    const arn = String(body.KeyId);
    const at = bench.now() + days * dayMs;
    deletions(bench).set(arn.replace(/^.*:key\//, ''), { arn, at, buried: false });
    return withBody(answer, { ...body, DeletionDate: at / 1000, PendingWindowInDays: days });
  },
};

const cancelled: Overlay = {
  service: 'kms',
  operation: 'CancelKeyDeletion',
  source,
  async after(call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const key = await findKey(bench, textField(call, 'KeyId'), call);
    if (key) deletions(bench).delete(key.keyId);
    return undefined;
  },
};

const lists: Overlay = {
  service: 'kms',
  operation: ['ListKeys', 'DescribeKey'],
  source,
  after(_call, answer, bench) {
    if (answer.status !== 200) return undefined;
    const { KeyMetadata: metadata, ...body } = jsonBody(answer);
    if (isObject(metadata)) {
      const deletion = deletions(bench).get(String(metadata.KeyId));
      return deletion && withBody(answer, { KeyMetadata: { ...metadata, DeletionDate: deletion.at / 1000 } });
    }
    const keys = Array.isArray(body.Keys) ? body.Keys.filter(isObject) : [];
    return withBody(answer, { ...body, Keys: keys.filter(({ KeyId }) => !isGone(bench, String(KeyId))) });
  },
};

const tagged: Overlay = {
  service: 'tagging',
  operation: 'GetResources',
  source,
  async after(_call, answer, bench) {
    if (answer.status !== 200 || deletions(bench).size === 0) return undefined;
    await buryDue(bench);
    const body = jsonBody(answer);
    const found = Array.isArray(body.ResourceTagMappingList)
      ? body.ResourceTagMappingList.filter(isObject)
      : [];
    const kept = found.filter(({ ResourceARN }) => !isGone(bench, String(ResourceARN)));
    return withBody(answer, { ...body, ResourceTagMappingList: kept });
  },
};

export const kmsDeletionOverlays: Overlay[] = [gone, schedule, cancelled, lists, tagged];
