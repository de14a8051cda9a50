import { CloudError } from '../../engine/errors.ts';
import { hasStatements, type PolicyDocument, policyOf, statementsOf } from '../policy.ts';
import type { AwsScope } from '../scope.ts';

/** A bucket whose own block was lifted a moment ago is refused its public policy by some of S3 for a while. */
const LIFTED_SEEN_MS = 120_000;

/**
 * Writes a policy that may let everybody read. A block of public access that refuses it holds up no more than that: what
 * else the policy says is written without it. S3 keeps what was public before the block ("Blocking public access to your
 * Amazon S3 storage": existing policies are not affected), and that stays as long as nothing else is to be written: a right
 * that is taken back, and a Deny, weigh more than reading that an administrator has forbidden.
 */
export async function writeUnlessBlocked(
  { patience }: Pick<AwsScope, 'patience'>,
  {
    bucket,
    policy,
    now,
  }: { readonly bucket: string; readonly policy: PolicyDocument; readonly now: unknown },
  put: (policy: PolicyDocument) => Promise<unknown>,
): Promise<void> {
  const what = `public policy of ${bucket}`;
  try {
    await put(policy);
    patience.done(what);
  } catch (error) {
    if (!isBlocked(error)) throw error;
    const has = now === undefined ? undefined : JSON.stringify(now);
    const closed = policyOf(policy.Statement.filter(one => !letsEverybodyIn(one)));
    const isKept = hasStatements(has, closed) && hasStatements(policy, has);
    // There is always a statement of the operator's own in it.
    if (!isKept) await put(closed);
    const of = { code: error.code, cause: error };
    if (patience.lasts(what, LIFTED_SEEN_MS))
      throw new CloudError(
        'Busy',
        `${error.message} (S3 may not see yet that the bucket's own block was lifted)`,
        {
          ...of,
          retryAfterMs: 5_000,
        },
      );
    const isPublic = isKept && statementsOf(has).some(letsEverybodyIn);
    const left = isPublic ? 'what was public before is so still' : 'what lets everybody in is not in it';
    throw new CloudError('Denied', `${error.message.replace(/\.$/, '')}; ${WAY_OUT}, and ${left}`, of);
  }
}

const WAY_OUT =
  'the bucket does not set it, so its account or organization does: have an administrator turn BlockPublicPolicy off ' +
  'there, or set spec.publicRead: false; the rest of the policy is in place';

/** Amazon S3 User Guide, "Troubleshoot access denied (403 Forbidden) errors": the setting is named, not where it is made. */
function isBlocked(error: unknown): error is CloudError {
  return error instanceof CloudError && error.class === 'Denied' && /BlockPublicPolicy/.test(error.message);
}

function letsEverybodyIn(statement: object): boolean {
  const { Effect, Principal, Condition } = statement as Readonly<Record<string, unknown>>;
  const isEverybody = Principal === '*' || Reflect.get(Object(Principal), 'AWS') === '*';
  return Effect === 'Allow' && isEverybody && Condition === undefined;
}
