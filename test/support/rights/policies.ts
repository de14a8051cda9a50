import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listOf } from '../../../hack/bench/policy/document.ts';
import { evaluate } from '../../../hack/bench/policy/evaluate.ts';
import { ACCOUNT } from '../manifests.ts';
import type { Question } from './question.ts';

const OPERATOR = {
  type: 'aws',
  arn: `arn:aws:iam::${ACCOUNT}:role/opta-operator`,
  accountId: ACCOUNT,
} as const;
const DIRECTORY = join(import.meta.dirname, '../../../deploy/aws');

export interface ShippedStatement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** As an administrator installs them, as one document. Default: all files. */
export function shipped(
  installation: string,
  files: readonly string[] = readdirSync(DIRECTORY).sort(),
): readonly ShippedStatement[] {
  return files.flatMap((file): readonly ShippedStatement[] => {
    const text = readFileSync(join(DIRECTORY, file), 'utf8').replaceAll('INSTALLATION', installation);
    return Reflect.get(JSON.parse(text), 'Statement');
  });
}

export function allowedActions(statements: readonly ShippedStatement[]): readonly string[] {
  const allows = statements.filter(one => one.Effect === 'Allow');
  return [...new Set(allows.flatMap(one => listOf(one.Action)))].sort();
}

export function refused(
  questions: readonly Question[],
  statements: readonly ShippedStatement[],
): readonly Question[] {
  return questions.filter(one => !isAllowed(one, statements));
}

export interface Mutant {
  /** `Queues without sqs:TagQueue`. */
  readonly name: string;
  readonly of: ShippedStatement;
  /** Undefined: it is taken out. */
  readonly to: ShippedStatement | undefined;
}

/** Each right that is given, given a little less. */
export function mutants(statements: readonly ShippedStatement[]): readonly Mutant[] {
  return statements.filter(one => one.Effect === 'Allow').flatMap(mutantsOf);
}

function mutantsOf(of: ShippedStatement): readonly Mutant[] {
  const without = (part: 'Action' | 'Resource'): readonly Mutant[] => {
    const all = listOf(of[part]);
    if (all.length < 2) return [];
    return all.map(one => {
      const to = { ...of, [part]: all.filter(other => other !== one) };
      return { name: `${of.Sid} without ${one}`, of, to };
    });
  };
  const narrowed = listOf(of.Resource).map(one => one.replace(/\*$/, 'another-*'));
  return [
    { name: `no ${of.Sid}`, of, to: undefined },
    { name: `${of.Sid} on another name`, of, to: { ...of, Resource: narrowed } },
    ...without('Action'),
    ...without('Resource'),
  ];
}

/** Whether anything that is asked is refused by it. */
export function isNoticed(
  { of, to }: Mutant,
  questions: readonly Question[],
  statements: readonly ShippedStatement[],
): boolean {
  const actions = listOf(of.Action);
  const changed = statements.flatMap(one => (one === of ? (to ?? []) : one));
  return questions.some(one => actions.includes(one.action) && !isAllowed(one, changed));
}

function isAllowed(
  { action, resource, context = {} }: Question,
  statements: readonly ShippedStatement[],
): boolean {
  // No shipped statement names an action by a pattern, and most are about others.
  const Statement = statements.filter(one => listOf(one.Action).includes(action));
  const policies = [{ Version: '2012-10-17', Statement }];
  const request = { principal: OPERATOR, action, resource, resourceAccountId: ACCOUNT, context };
  return evaluate({ policies, kind: 'iam-identity', request }).decision === 'Allow';
}
