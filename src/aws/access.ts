import { GetKeyPolicyCommand } from '@aws-sdk/client-kms';
import type { Readiness } from '../engine/adaptor.ts';
import { orAbsent } from './errors.ts';
import { canonicalPolicy, type Statement, statementsOf } from './policy.ts';
import type { AwsScope } from './scope.ts';

/**
 * True when a policy, as AWS gives it, has this very statement, or one that differs only in its name and in that it is for
 * further sources too: both sides of a link compute the rest alike.
 */
export function includesStatement(policy: string | undefined, statement: Statement): boolean {
  const wanted = partsOf(statement);
  return statementsOf(policy)
    .map(partsOf)
    .some(
      one =>
        one.rest === wanted.rest &&
        one.sources.size > 0 === wanted.sources.size > 0 &&
        [...wanted.sources].every(source => one.sources.has(source)),
    );
}

function partsOf(statement: object): { rest: string; sources: ReadonlySet<unknown> } {
  const { Sid: _, Condition = {}, ...rest } = statement as Partial<Statement>;
  const { ArnEquals: { 'aws:SourceArn': sources, ...otherArns } = {}, ...others } = Condition;
  const text = canonicalPolicy(JSON.stringify({ ...rest, Condition: { ...others, ArnEquals: otherArns } }));
  return { rest: text, sources: new Set(sources === undefined ? [] : [sources].flat()) };
}

/** True when the key's policy has one of the statements. Without a key there is nothing to allow with. */
export async function keyAllows(
  scope: AwsScope,
  key: string | undefined,
  statements: readonly Statement[],
): Promise<boolean> {
  if (key === undefined || key === '') return false;
  const answer = await orAbsent(
    scope.kms.send(new GetKeyPolicyCommand({ KeyId: key, PolicyName: 'default' })),
  );
  return statements.some(statement => includesStatement(answer?.Policy, statement));
}

/** Whether a queue or a topic, written by its own object, lets somebody in. */
export interface AccessState {
  readonly policyAllows: boolean;
  readonly keyAllows: boolean;
  /** How soon it is looked at again while it is closed, in ms. */
  readonly againInMs: number;
}

const SOON_MS = 5_000;
/** SQS takes up to 60 seconds to show a new policy everywhere ("Amazon SQS API Reference", SetQueueAttributes). */
const SOON_FOR_MS = 2 * 60_000;
/** It waits for a person by then, and what that one does wakes who waits: `stands` of src/operator/wake.ts. */
const LATER_MS = 60_000;

/** `id` and `attributes`: of the queue or topic, as AWS gives them. */
export async function readAccess(
  scope: AwsScope,
  id: string,
  attributes: Readonly<Record<string, string>> | undefined,
  wanted: { readonly statement: Statement; readonly keyStatements: readonly Statement[] },
): Promise<AccessState> {
  const policyAllows = includesStatement(attributes?.Policy, wanted.statement);
  const keyIsOpen = await keyAllows(scope, attributes?.KmsMasterKeyId, wanted.keyStatements);
  const isOpen = policyAllows && keyIsOpen;
  // Each opening is waited for by itself.
  const what = `access to ${id}: ${JSON.stringify(wanted.statement)}`;
  if (isOpen) scope.patience.done(what);
  const isNew = isOpen || scope.patience.lasts(what, SOON_FOR_MS);
  return { policyAllows, keyAllows: keyIsOpen, againInMs: isNew ? SOON_MS : LATER_MS };
}

export function accessReadiness(
  what: 'queue' | 'topic',
  { policyAllows, keyAllows: keyIsOpen, againInMs }: AccessState,
): Readiness {
  if (policyAllows && keyIsOpen) return { is: 'ready' };
  const missing = `the ${what}'s ${policyAllows ? 'key' : 'policy'}`;
  const kind = what === 'queue' ? 'Queue' : 'Topic';
  return {
    is: 'in progress',
    message: `${missing} does not let it in yet; the ${kind} opens it`,
    againInMs,
  };
}
