import { CloudError } from '../../engine/errors.ts';
import { canonicalPolicy, policyOf, type Statement, statementsOf } from '../policy.ts';
import type { AwsScope } from '../scope.ts';
import { emptyingAction } from './emptying-action.ts';
import type { Target } from './parts.ts';
import { putPolicy } from './put-policy.ts';

/**
 * A bucket is emptied because its spec asks for it; what the same spec once wrote against that would keep it for ever, since a
 * deletion changes nothing else. What others have put into the policy stays. Throws Busy once it is written.
 */
export async function openForEmptying(
  scope: AwsScope,
  target: Target,
  policy: unknown,
  keepsObjects: readonly Statement[],
): Promise<void> {
  const gone = new Set(textsOf(policyOf(keepsObjects)));
  const all = textsOf(policy);
  const left = all.filter(text => !gone.has(text));
  // There is always one of the operator's own, and S3 takes no policy without a statement.
  if (left.length === all.length || left.length === 0) return;
  const Policy = `{"Version":"2012-10-17","Statement":[${left.join(',')}]}`;
  await putPolicy(scope, { ...target, Policy });
  const sids = keepsObjects.map(one => one.Sid).join(', ');
  const message = `bucket ${target.Bucket} is to be emptied, and what denies that was taken out of its policy: ${sids}`;
  throw new CloudError('Busy', message, { retryAfterMs: 5_000 });
}

/** Whoever reads that S3 denies it looks for a right of the operator, which may not be what is missing. */
export function namingDenies(error: unknown, bucket: string, policy: unknown): unknown {
  if (!(error instanceof CloudError) || error.code !== 'AccessDenied') return error;
  const sids = textsOf(policy).flatMap(text => sidOfDeny(JSON.parse(text)) ?? []);
  if (sids.length === 0) return error;
  const why = `the policy of ${bucket} denies it (${sids.join(', ')}): remove that from the policy in S3, as a deletion writes back nothing of the spec`;
  return new CloudError(error.class, `${error.message}; ${why}`, {
    code: error.code,
    blockers: error.blockers.map(one => ({ ...one, reason: `${one.reason}; ${why}` })),
    cause: error,
  });
}

function sidOfDeny({
  Effect,
  Action,
  Sid,
  Condition,
}: Readonly<Record<string, unknown>>): string | undefined {
  // The operator's own hold for requests without TLS 1.2, and it sends none.
  const isOfTls = /"(aws:SecureTransport|s3:TlsVersion)"/i.test(JSON.stringify(Condition ?? {}));
  const denied = emptyingAction([Action].flat().map(String));
  return Effect === 'Deny' && denied !== undefined && !isOfTls ? String(Sid ?? 'no Sid') : undefined;
}

function textsOf(policy: unknown): readonly string[] {
  const text = canonicalPolicy(policy === undefined ? undefined : JSON.stringify(policy));
  return statementsOf(text).map(one => JSON.stringify(one));
}
