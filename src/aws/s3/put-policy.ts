import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { CloudError } from '../../engine/errors.ts';
import { canonicalPolicy, type PolicyDocument, samePolicy, statementsOf } from '../policy.ts';
import type { AwsScope } from '../scope.ts';
import { onceSeen, refusing, type Unseen } from '../unseen.ts';
import type { Target } from './parts.ts';

/**
 * S3 refuses a policy that names a role of a moment ago, until IAM has spread it, which takes seconds: terraform-provider-aws
 * waits for it too (internal/service/s3/bucket_policy.go). S3 says the same of a role that is not there, so not for ever.
 */
const UNSEEN_PRINCIPAL: Unseen = {
  is: refusing(/invalid principal/i, 'MalformedPolicy'),
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

/**
 * A principal that does not come holds up what is let in anew, and no right that is taken back: or a role that somebody has
 * deleted would keep all that others have. `now`: as S3 has it.
 */
export async function putPolicyTakingBack(
  scope: AwsScope,
  target: Target,
  { policy, now }: { readonly policy: PolicyDocument; readonly now: string | undefined },
): Promise<void> {
  try {
    await putPolicy(scope, { ...target, Policy: JSON.stringify(policy) });
  } catch (error) {
    if (!isMissing(error)) throw error;
    const Policy = withoutNew(policy, now);
    if (!samePolicy(Policy, now)) await putPolicy(scope, { ...target, Policy });
    const rest = 'whom the policy lets in no longer is out, whom it lets in anew waits';
    throw new CloudError('Invalid', `${error.message}; ${rest}`, { code: error.code, cause: error });
  }
}

function isMissing(error: unknown): error is CloudError {
  return error instanceof CloudError && error.class === 'Invalid' && UNSEEN_PRINCIPAL.is(error);
}

const EVERYBODY = 'AWS *';

/**
 * What of a policy S3 has already, principal by principal, and what it denies those that S3 knows and everybody. S3 takes
 * these: one that was deleted is there by an id from then on, which no spec names (IAM User Guide, "AWS JSON policy
 * elements: Principal").
 */
function withoutNew(policy: PolicyDocument, now: string | undefined): string {
  const has = readable(now).flatMap(one => one.names.map(name => ({ name, what: one.what })));
  const known = new Set([EVERYBODY, ...has.map(({ name }) => name)]);
  const letIn = new Set(has.map(({ name, what }) => `${what} ${name}`));
  const Statement = readable(policy).flatMap(({ statement, what, names }) => {
    const isDeny = Reflect.get(statement, 'Effect') === 'Deny';
    const left = names.filter(name => (isDeny ? known.has(name) : letIn.has(`${what} ${name}`)));
    return left.length === 0 ? [] : [{ ...statement, Principal: principalOf(left) }];
  });
  return JSON.stringify({ Version: policy.Version, Statement });
}

/** Each statement with its principals by name, and what it says of them, which its Sid is no part of. */
function readable(policy: PolicyDocument | string | undefined) {
  return statementsOf(canonicalPolicy(policy)).map(statement => {
    const { Sid: _, Principal, ...what } = statement as Readonly<Record<string, unknown>>;
    const names = Object.entries(Object(Principal)).flatMap(([kind, of]) =>
      [of].flat().map(name => `${kind} ${name}`),
    );
    return { statement, what: JSON.stringify(what), names };
  });
}

function principalOf(names: readonly string[]): unknown {
  const kindOf = (name: string) => name.slice(0, name.indexOf(' '));
  const groups = Object.entries(Object.groupBy(names, kindOf));
  return Object.fromEntries(
    groups.map(([kind, of = []]) => [kind, of.map(one => one.slice(kind.length + 1))]),
  );
}
