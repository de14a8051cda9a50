import { shortHash } from '../engine/short-hash.ts';
import { type AnyPolicy, canonicalPolicy, statementNames, statementsOf } from './policy.ts';

type Document = AnyPolicy | string | undefined;

/** Of what a statement has more or less, so many words are told each. */
const MOST_TOLD = 2;

/**
 * What a policy becomes, for plans and messages. `to` tells the document alone: its statements, and a hash of the whole. Who
 * approves it approves this very document, not another one whose statements bear the same names, and approves it whatever
 * AWS has by then. `from` tells what AWS has: the statements that go, or become other ones, with what of them changes; and
 * those that stay.
 */
export function policyChange(from: Document, to: Document): { readonly from: string; readonly to: string } {
  return { from: differing(from, to), to: policyShown(to) };
}

function policyShown(document: Document): string {
  // The order of statements means nothing.
  const text = canonicalPolicy(document);
  return document === undefined
    ? statementNames(document)
    : `${statementNames(text)} (sha256 ${shortHash(text)})`;
}

function differing(from: Document, to: Document): string {
  const [before, after] = [named(from), named(to)];
  if (before.length === 0) return statementNames(from);
  const had = new Set(before.map(one => one.text));
  const has = new Set(after.map(one => one.text));
  const added = after.filter(one => !had.has(one.text));
  const others = before
    .filter(one => !has.has(one.text))
    .map(one => {
      const next = added.find(other => other.name === one.name);
      return next === undefined ? gone(one) : `${one.name} (${difference(one.words, next.words)})`;
    });
  const same = before.filter(one => has.has(one.text)).map(one => one.name);
  return [others.join(', '), listed('as wanted:', same)].filter(part => part !== '').join('; ');
}

/** Whom it let in tells more than its name, which nobody may have given it. */
function gone({ name, words }: Named): string {
  const letIn = words.has('Effect Allow') ? [...words].filter(word => word.startsWith('Principal ')) : [];
  return letIn.length === 0 ? name : `${name} (gone: ${few(letIn.map(one => `- ${one}`)).join(', ')})`;
}

interface Named {
  readonly name: string;
  /** Equal text, equal meaning. */
  readonly text: string;
  /** What it says, one by one: `Action sqs:SendMessage`. */
  readonly words: ReadonlySet<string>;
}

function named(document: Document): readonly Named[] {
  return statementsOf(document).map(one => {
    const text = canonicalPolicy({ Version: '2012-10-17', Statement: [one] });
    const [statement = {}] = statementsOf(text);
    const { Sid = '(no Sid)', ...rest } = statement as { readonly Sid?: unknown };
    return { name: String(Sid), text, words: new Set(wordsOf(rest, [])) };
  });
}

function wordsOf(value: unknown, path: readonly string[]): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(one => wordsOf(one, path));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, one]) => wordsOf(one, [...path, key]));
  // Of a condition its key tells more than `Condition`.
  return [`${path.slice(-2).join(' ')} ${value}`];
}

function difference(before: ReadonlySet<string>, after: ReadonlySet<string>): string {
  const more = [...after].filter(one => !before.has(one)).map(one => `+ ${one}`);
  const less = [...before].filter(one => !after.has(one)).map(one => `- ${one}`);
  return [...few(more), ...few(less)].join(', ');
}

function few(words: readonly string[]): readonly string[] {
  if (words.length <= MOST_TOLD) return words;
  return [...words.slice(0, MOST_TOLD), `${words[0]?.slice(0, 1)} ${words.length - MOST_TOLD} more`];
}

function listed(word: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `${word} ${names.join(', ')}`;
}
