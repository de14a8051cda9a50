/**
 * Condition operators. Sources: IAM user guide, "IAM JSON policy elements: Condition operators" and "Creating a
 * condition with multiple keys or values".
 */
import { BlockList, isIP } from 'node:net';
import type { Condition } from './document.ts';
import { contextValues, fillVariables, likePattern, type PatternScope } from './pattern.ts';

type Test = (actual: string, wanted: string, scope: PatternScope) => boolean;

interface Operator {
  test: Test;
  /** "If the policy condition requires that the key is not matched and the key is not present, the condition is true." */
  negated: boolean;
}

const tests: Record<string, Operator> = {
  stringequals: { negated: false, test: stringEquals },
  stringnotequals: { negated: true, test: stringEquals },
  stringequalsignorecase: { negated: false, test: stringEqualsIgnoreCase },
  stringnotequalsignorecase: { negated: true, test: stringEqualsIgnoreCase },
  stringlike: { negated: false, test: stringLike },
  stringnotlike: { negated: true, test: stringLike },
  // "ArnEquals and ArnLike behave identically."
  arnequals: { negated: false, test: arnLike },
  arnlike: { negated: false, test: arnLike },
  arnnotequals: { negated: true, test: arnLike },
  arnnotlike: { negated: true, test: arnLike },
  bool: { negated: false, test: stringEqualsIgnoreCase },
  binaryequals: { negated: false, test: (actual, wanted) => actual === wanted },
  numericequals: numeric((a, b) => a === b),
  numericnotequals: { ...numeric((a, b) => a === b), negated: true },
  numericlessthan: numeric((a, b) => a < b),
  numericlessthanequals: numeric((a, b) => a <= b),
  numericgreaterthan: numeric((a, b) => a > b),
  numericgreaterthanequals: numeric((a, b) => a >= b),
  dateequals: date((a, b) => a === b),
  datenotequals: { ...date((a, b) => a === b), negated: true },
  datelessthan: date((a, b) => a < b),
  datelessthanequals: date((a, b) => a <= b),
  dategreaterthan: date((a, b) => a > b),
  dategreaterthanequals: date((a, b) => a >= b),
  ipaddress: { negated: false, test: ipInRange },
  notipaddress: { negated: true, test: ipInRange },
};

interface ParsedOperator {
  set: 'forallvalues' | 'foranyvalue' | 'none';
  name: string;
  ifExists: boolean;
}

function parseOperator(written: string): ParsedOperator {
  const [, set = 'none', rest = ''] =
    /^(?:(forallvalues|foranyvalue):)?(.*)$/i.exec(written.toLowerCase()) ?? [];
  const ifExists = rest.endsWith('ifexists');
  return {
    set: set === 'forallvalues' || set === 'foranyvalue' ? set : 'none',
    name: ifExists ? rest.slice(0, -'ifexists'.length) : rest,
    ifExists,
  };
}

/** Whether AWS knows the operator, with its set prefix and IfExists suffix ("you can't use Null with IfExists"). */
export function isConditionOperator(written: string): boolean {
  const { name, ifExists } = parseOperator(written);
  return name === 'null' ? !ifExists : name in tests;
}

/** Whether one line of a Condition element holds; an unknown operator never does. */
export function conditionHolds(condition: Condition, scope: PatternScope): boolean {
  const { set, name, ifExists } = parseOperator(condition.operator);
  const actual = contextValues(scope.context, condition.key);
  if (name === 'null')
    return condition.values.some(value => (value.toLowerCase() === 'true') === (actual === undefined));
  const operator = tests[name];
  if (!operator) return false;
  const { negated, test } = operator;
  const matches = (value: string) => condition.values.some(wanted => test(value, wanted, scope)) !== negated;
  if (set === 'forallvalues') return (actual ?? []).every(matches);
  if (actual === undefined) return ifExists || (negated && set === 'none');
  if (set === 'foranyvalue') return actual.some(matches);
  return negated ? actual.every(matches) : actual.some(matches);
}

function stringEquals(actual: string, wanted: string, scope: PatternScope): boolean {
  return fillVariables(wanted, scope) === actual;
}

function stringEqualsIgnoreCase(actual: string, wanted: string, scope: PatternScope): boolean {
  return fillVariables(wanted, scope)?.toLowerCase() === actual.toLowerCase();
}

function stringLike(actual: string, wanted: string, scope: PatternScope): boolean {
  return likePattern(wanted, scope)?.test(actual) ?? false;
}

/** "Each of the six colon-delimited components of the ARN is checked separately." */
function arnLike(actual: string, wanted: string, scope: PatternScope): boolean {
  if (wanted === '*') return true;
  const filled = arnParts(wanted);
  const parts = arnParts(actual);
  if (filled.length !== 6 || parts.length !== 6) return false;
  return filled.every((part, index) => stringLike(parts[index] ?? '', part, scope));
}

function arnParts(arn: string): string[] {
  // A colon inside ${aws:...} separates nothing.
  const parts = arn.split(/:(?![^{]*\})/);
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}

function numeric(compare: (actual: number, wanted: number) => boolean): Operator {
  return { negated: false, test: (actual, wanted) => compare(toNumber(actual), toNumber(wanted)) };
}

function toNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

function date(compare: (actual: number, wanted: number) => boolean): Operator {
  return { negated: false, test: (actual, wanted) => compare(toTime(actual), toTime(wanted)) };
}

/** ISO 8601 or seconds since 1970. */
function toTime(text: string): number {
  return /^\d+(\.\d+)?$/.test(text) && text.length > 4 ? Number(text) * 1000 : Date.parse(text);
}

function ipInRange(actual: string, range: string): boolean {
  const [network = '', prefix] = range.split('/');
  const family = isIP(network);
  if (!family || !isIP(actual)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix ?? (family === 6 ? 128 : 32)), family === 6 ? 'ipv6' : 'ipv4');
  return list.check(actual, isIP(actual) === 6 ? 'ipv6' : 'ipv4');
}
