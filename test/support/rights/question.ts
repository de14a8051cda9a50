import type { Call } from '../../../hack/bench/aws/overlay.ts';
import { jsonInput } from '../../../hack/bench/aws/overlay.ts';
import type { Context } from '../../../hack/bench/policy/pattern.ts';
import type { AccountView } from './account-view.ts';

/** What IAM is asked before a service carries out a call. Each is judged by itself, and all must be allowed. */
export interface Question {
  readonly action: string;
  /** ARN; `*` in it stands for what has no name yet. */
  readonly resource: string;
  /** Of the request, without the tags that the resource has. */
  readonly context?: Context;
}

export type Tags = Readonly<Record<string, string>>;

/** A call, and the account that it comes to. */
export interface Asked {
  readonly call: Call;
  readonly account: AccountView;
  /** ARN in the region and account of the call. */
  arn(service: string, rest: string): string;
}

/** By the operation. Source of all: Service Authorization Reference, "Actions, resources, and condition keys for …". */
export type Asks = Readonly<
  Record<string, (asked: Asked) => readonly Question[] | Promise<readonly Question[]>>
>;

/** Condition keys of a request that sets tags; none where it sets none. */
export function ofTags(tags: Tags): Context {
  const keys = Object.keys(tags);
  if (keys.length === 0) return {};
  return {
    ...Object.fromEntries(keys.map(key => [`aws:RequestTag/${key}`, tags[key] ?? ''])),
    'aws:TagKeys': keys,
  };
}

/** And of one that takes tags off. */
export function ofTagKeys(keys: readonly string[]): Context {
  return keys.length === 0 ? {} : { 'aws:TagKeys': [...keys] };
}

/** IAM User Guide, "Grant a user permissions to pass a role to an AWS service": none where the call names no role. */
export function passing(role: string, service: string): readonly Question[] {
  if (role === '') return [];
  return [{ action: 'iam:PassRole', resource: role, context: { 'iam:PassedToService': service } }];
}

/** All texts of a list in a form: `SubnetId.1`, `Tags.member.1.Key`. */
export function listed({ call }: Asked, pattern: RegExp): readonly string[] {
  return Object.entries(jsonInput(call)).flatMap(([name, value]) =>
    pattern.test(name) && typeof value === 'string' ? [value] : [],
  );
}
