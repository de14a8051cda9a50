import type { BucketSpec } from '../api/bucket.ts';
import { emptyingAction } from '../aws/s3/emptying-action.ts';
import type { KindInput, Problem } from './kind.ts';

type Input = KindInput<BucketSpec>;
type PolicyStatement = NonNullable<BucketSpec['policyStatements']>[number];

/** What a team's statement would do that admission cannot see: let in who is not granted, or shut out who deletes. */
export function statementProblem(input: Input, statement: PolicyStatement): Problem | undefined {
  return statement.effect === 'Allow' ? allowProblem(input, statement) : denyProblem(input, statement);
}

function allowProblem(input: Input, { sid, principals, conditions }: PolicyStatement): Problem | undefined {
  const { name } = input.environment;
  const foreign = (principals.aws ?? []).find(principal => !isKnownPrincipal(input, principal));
  if (foreign !== undefined) {
    return {
      field: `spec.policyStatements[${sid}].principals.aws`,
      message:
        `${foreign} is of another account, and the environment ${name} does not grant it; ` +
        'an administrator adds it to spec.grants.principals of the OptaEnvironment',
      open: {
        what: `${foreign === '*' ? 'everybody' : foreign} is let in by the statement ${sid}`,
        end: `take it out of spec.policyStatements[${sid}]`,
      },
    };
  }
  const [service] = principals.services ?? [];
  if (service === undefined || isBoundToAccount(input, conditions)) return undefined;
  return {
    field: `spec.policyStatements[${sid}].conditions`,
    message:
      `${service} acts for anybody, so the statement needs aws:SourceAccount with StringEquals, or aws:SourceArn with the ` +
      `account in each ARN, and only accounts that the environment ${name} has or grants`,
    open: {
      what: `${service} is let in by the statement ${sid}`,
      end: `take spec.policyStatements[${sid}] out`,
    },
  };
}

/** Of the environment's own account, or granted: by itself, or by its whole account. */
function isKnownPrincipal(input: Input, principal: string): boolean {
  if (granted(input).includes(principal)) return true;
  if (/^\d{12}$/.test(principal)) return isKnownAccount(input, principal);
  // An account of another partition is another one, whatever its number.
  const [, partition, , , account] = principal.split(':');
  return partition === input.place.partition && isKnownAccount(input, account);
}

function isKnownAccount(input: Input, account: string | undefined): boolean {
  return account !== undefined && (account === input.place.accountId || granted(input).includes(account));
}

function granted(input: Input): readonly string[] {
  return (input.environment.grants.principals ?? []).map(String);
}

/** Operators that hold only for one of the values; of the others some hold for what is not named. */
const BINDING = ['StringEquals', 'ArnEquals', 'ArnLike'];

/**
 * The confused deputy: conditions must all hold, so one of them that names known accounts only is enough. Keys that differ
 * in case are one condition, whichever of them AWS goes by.
 */
function isBoundToAccount(input: Input, conditions: PolicyStatement['conditions']): boolean {
  return Object.entries(conditions ?? {}).some(
    ([operator, keys]) =>
      BINDING.includes(operator) &&
      Object.entries(SOURCES).some(([source, accountOf]) => {
        const values = Object.entries(keys).flatMap(([key, of]) => (key.toLowerCase() === source ? of : []));
        return values.length > 0 && values.every(value => isKnownAccount(input, accountOf(value)));
      }),
  );
}

const SOURCES: Readonly<Record<string, (value: string) => string | undefined>> = {
  'aws:sourceaccount': value => value,
  // A bucket's ARN has no account, and so binds nothing.
  'aws:sourcearn': value => value.split(':')[4],
};

function denyProblem(input: Input, statement: PolicyStatement): Problem | undefined {
  if (input.spec.forceDestroy !== true || !isForOperator(input, statement)) return undefined;
  const denied = deniedToEmpty(input, statement);
  if (denied === undefined) return undefined;
  return {
    field: `spec.policyStatements[${statement.sid}].actions`,
    reason: 'InvalidSpec',
    message: `this statement denies the operator ${denied}, which forceDestroy needs to empty the bucket: remove the statement or forceDestroy`,
  };
}

/** What the statement may deny the operator of that by which `forceDestroy` empties the bucket. */
export function deniedToEmpty(input: Input, statement: PolicyStatement): string | undefined {
  if (statement.effect !== 'Deny' || !mayBeOperator(input, statement)) return undefined;
  return emptyingAction(statement.actions);
}

/** The operator is somebody of the environment's account; as whom it acts there the spec does not say. */
function mayBeOperator(input: Input, { principals }: PolicyStatement): boolean {
  return (principals.aws ?? []).some(one => one === '*' || one.includes(input.place.accountId));
}

/** It is one of them for sure: a single role or user of the account may be another. */
function isForOperator({ place }: Input, { principals }: PolicyStatement): boolean {
  const all = ['*', place.accountId, `arn:${place.partition}:iam::${place.accountId}:root`];
  return (principals.aws ?? []).some(one => all.includes(one));
}
