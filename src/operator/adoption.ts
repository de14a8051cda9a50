import { adaptorOf } from '../aws/adaptors.ts';
import type { AwsScope } from '../aws/scope.ts';
import { judge, type Owner } from '../engine/owner.ts';
import { type AdoptionOf, entryOnRecord, isAnother } from '../kinds/adopted.ts';

/**
 * True when the object has a resource that is another one than its spec means, by what AWS says of it: a status can be written
 * by others, and what it names is the object's only if its tags say so. AWS is asked only where the two differ. Throws CloudError.
 */
export async function hasAnother(
  of: AdoptionOf,
  at: { readonly scope: AwsScope; readonly owner: Owner; readonly takeOver: readonly string[] },
): Promise<boolean> {
  const entry = entryOnRecord(of);
  if (entry === undefined || !isAnother(of)) return false;
  const { owner, scope, takeOver } = at;
  const { node, epoch, name, id, arn, type } = entry;
  const found = await adaptorOf(type).find(
    scope,
    { owner, node, epoch, name, id, arn },
    { desired: undefined, recorded: [], freshness: 'fresh' },
  );
  return found.some(({ tags, ...one }) => {
    if (tags === 'inherited' || one.name !== name) return false;
    const verdict = judge(tags, owner, node, takeOver).is;
    return verdict === 'ours' || verdict === 'previous';
  });
}
