import { few } from '../engine/few.ts';
import { shortHash } from '../engine/short-hash.ts';
import { LONGEST_SHOWN } from '../engine/step.ts';
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
  if (document === undefined) return statementNames(document);
  const hash = ` (sha256 ${shortHash(text)})`;
  return `${fitting(statementNames(text).split(', '), LONGEST_SHOWN - hash.length)}${hash}`;
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
      return next === undefined ? gone(one) : difference(one, next);
    });
  const same = before.filter(one => has.has(one.text)).map(one => one.name);
  const foremost = fitting(others, LONGEST_SHOWN);
  const rest = listed('as wanted:', same);
  const whole = [foremost, rest].filter(part => part !== '').join('; ');
  if (whole.length <= LONGEST_SHOWN) return whole;
  return others.length > 0 ? foremost : fitting(same, LONGEST_SHOWN);
}

/** As many whole ones as there is room for: half a name, or half an ARN, misleads. */
function fitting(parts: readonly string[], room: number): string {
  const whole = parts.join(', ');
  if (whole.length <= room) return whole;
  for (let count = parts.length - 1; count > 0; count -= 1) {
    const text = few(parts, { most: count });
    if (text.length <= room) return text;
  }
  // Of one that is too long itself its name is enough.
  return `${parts[0]?.slice(0, parts[0].indexOf(' (')) ?? ''} and ${parts.length - 1} more`;
}

/** Whom it let in tells more than its name, which nobody may have given it. */
function gone({ name, words }: Named): string {
  const letIn = words.has('Effect Allow') ? [...words].filter(word => word.startsWith('Principal ')) : [];
  return letIn.length === 0 ? name : `${name} (gone: ${told('-', letIn).join(', ')})`;
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

/** What one statement of AWS has to become, as far as there is room for it. */
function difference({ name, words }: Named, next: Named): string {
  const lacks = [...next.words].filter(one => !words.has(one));
  const has = [...words].filter(one => !next.words.has(one));
  const ways = Array.from({ length: MOST_TOLD + 1 }, (_, less) => MOST_TOLD - less).map(
    most => `${name} (${[...told('lacks', lacks, most), ...told('has', has, most)].join(', ')})`,
  );
  return ways.find(one => one.length <= LONGEST_SHOWN) ?? name;
}

function told(word: string, all: readonly string[], most = MOST_TOLD): readonly string[] {
  const foremost = all.slice(0, most).map(one => `${word} ${one}`);
  return all.length <= most ? foremost : [...foremost, `${word} ${all.length - foremost.length} more`];
}

function listed(word: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `${word} ${names.join(', ')}`;
}
