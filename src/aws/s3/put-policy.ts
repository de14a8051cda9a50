import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { CloudError } from '../../engine/errors.ts';
import { few } from '../../engine/few.ts';
import { canonicalPolicy, type PolicyDocument, samePolicy, statementsOf } from '../policy.ts';
import type { AwsScope } from '../scope.ts';
import { onceSeen, refusing, type Unseen } from '../unseen.ts';
import type { Target } from './parts.ts';

const isOfPrincipal = refusing(/invalid principal/i, 'MalformedPolicy');

/**
 * S3 refuses a policy that names a role of a moment ago, until IAM has spread it, which takes seconds: terraform-provider-aws
 * waits for it too (internal/service/s3/bucket_policy.go). S3 says the same of a role that is not there, so not for ever.
 */
const UNSEEN_PRINCIPAL: Unseen = {
  is: isOfPrincipal,
  hint: 'a role that was made a moment ago is not visible to S3 yet; otherwise one that the policy names is missing',
  missing: 'a role or user that the policy names does not exist',
  retryAfterMs: 5_000,
  patienceMs: 120_000,
};

/** Writes a policy; that S3 does not see a role of it yet is waited for. */
export async function putPolicy(scope: AwsScope, input: Target & { readonly Policy: string }): Promise<void> {
  const what = `policy of ${input.Bucket}: ${input.Policy}`;
  await onceSeen(scope, what, scope.s3.send(new PutBucketPolicyCommand(input)), UNSEEN_PRINCIPAL);
}

/** As often the policy is written without whom S3 has just named as missing. */
const NAMED_AT_MOST = 10;

/**
 * A principal that does not come holds up nothing but itself: or a role that somebody has deleted would keep all that the
 * policy takes back from others. `now`: as S3 has it.
 */
export async function putPolicyTakingBack(scope: AwsScope, target: Target, of: Policies): Promise<void> {
  try {
    await putPolicy(scope, { ...target, Policy: JSON.stringify(of.policy) });
  } catch (error) {
    if (!(error instanceof CloudError) || error.class !== 'Invalid' || !isOfPrincipal(error)) throw error;
    const missing = await putWithoutMissing(scope, target, of, error);
    const message = `${error.message}; the rest of the policy is in place, without ${few(missing)}`;
    throw new CloudError('Invalid', message, { code: error.code, cause: error });
  }
}

interface Policies {
  readonly policy: PolicyDocument;
  readonly now: string | undefined;
}

/** Who had to be left out. The whole policy was waited for: this is not waited for again. */
async function putWithoutMissing(
  { s3 }: AwsScope,
  target: Target,
  { policy, now }: Policies,
  refused: CloudError,
): Promise<readonly string[]> {
  let missing: readonly string[] = [];
  let refusal = refused;
  for (let left = NAMED_AT_MOST; ; left--) {
    const unnamed = namesIn(policy).filter(name => !missing.includes(name));
    const named = unnamed.filter(name => left > 0 && refusal.message.includes(`"${principal(name).value}"`));
    const more = named.length > 0 ? named : unnamed.filter(name => !knownBy(now).has(name));
    if (more.length === 0) throw refused;
    missing = [...missing, ...more];
    const Policy = without(policy, missing);
    try {
      if (!samePolicy(Policy, now)) await s3.send(new PutBucketPolicyCommand({ ...target, Policy }));
      return missing.map(name => principal(name).value);
    } catch (error) {
      if (!(error instanceof CloudError) || !isOfPrincipal(error)) throw error;
      refusal = error;
    }
  }
}

/**
 * Whom S3 is sure to take, where a refusal does not say whom it means: everybody, and whom its policy names. One that was
 * deleted is there by an id from then on, which no spec names (IAM User Guide, "AWS JSON policy elements: Principal").
 */
function knownBy(now: string | undefined): ReadonlySet<string> {
  return new Set(['AWS *', ...namesIn(now)]);
}

function namesIn(policy: PolicyDocument | string | undefined): readonly string[] {
  return [...new Set(readable(policy).flatMap(({ names }) => names))];
}

function without(policy: PolicyDocument, missing: readonly string[]): string {
  const Statement = readable(policy).flatMap(({ statement, names }) => {
    const left = names.filter(name => !missing.includes(name));
    return left.length === 0 ? [] : [{ ...statement, Principal: principalOf(left) }];
  });
  return JSON.stringify({ Version: policy.Version, Statement });
}

/** Each statement with its principals by name: `AWS arn:…`. */
function readable(policy: PolicyDocument | string | undefined) {
  return statementsOf(canonicalPolicy(policy)).map(statement => {
    const principals = Object.entries(Object(Reflect.get(statement, 'Principal')));
    return { statement, names: principals.flatMap(([kind, of]) => [of].flat().map(one => `${kind} ${one}`)) };
  });
}

function principal(name: string): { readonly kind: string; readonly value: string } {
  const at = name.indexOf(' ');
  return { kind: name.slice(0, at), value: name.slice(at + 1) };
}

function principalOf(names: readonly string[]): unknown {
  const groups = Object.entries(Object.groupBy(names, name => principal(name).kind));
  return Object.fromEntries(groups.map(([kind, of = []]) => [kind, of.map(one => principal(one).value)]));
}
