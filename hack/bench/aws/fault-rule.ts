/** Rules that come over the wire: a misspelt member would make a rule that hits every call. */
import type { Fault, FaultRule } from './faults.ts';
import { isRecord } from './input.ts';

const TYPES: Readonly<Record<Exclude<keyof FaultRule, 'fault'>, 'string' | 'number' | 'boolean'>> = {
  service: 'string',
  operation: 'string',
  resource: 'string',
  accountId: 'string',
  region: 'string',
  mutating: 'boolean',
  nth: 'number',
  probability: 'number',
  seed: 'number',
  times: 'number',
};

const ERROR = ['status', 'code', 'message'];

/** What each kind has besides its name; `!` marks what it needs. */
const MEMBERS: Readonly<Record<Fault['kind'], readonly string[]>> = {
  throttle: ERROR,
  serverError: ERROR,
  accessDenied: ERROR,
  resetBefore: [],
  resetAfter: [],
  resetInBody: [],
  hang: ['seconds', 'applied'],
  delay: ['ms!'],
  notFoundForNew: ['seconds!'],
  untaggedForNew: ['seconds!'],
  staleReads: ['seconds!'],
  overlayState: ['path!', 'value!', 'seconds!'],
  pageSize: ['n!'],
};

/** Throws TypeError for what is no rule, and says why. */
export function checkedRule(value: unknown): FaultRule {
  if (!isRule(value)) throw new TypeError('each rule needs a fault: {"fault":{"kind":"throttle"}}');
  for (const [name, member] of Object.entries(value)) {
    if (name === 'fault') continue;
    const type = (TYPES as Readonly<Record<string, string>>)[name];
    if (type === undefined)
      throw new TypeError(`a rule has no ${name}; there are ${Object.keys(TYPES).join(', ')} and fault`);
    if (typeof member !== type) throw new TypeError(`${name} must be a ${type}`);
  }
  if (value.operation !== undefined) checkPattern(value.operation);
  checkFault(value.fault);
  return value;
}

function isRule(value: unknown): value is FaultRule {
  return isRecord(value) && isRecord(value.fault);
}

function checkPattern(operation: string): void {
  const source = /^\/(.*)\/$/.exec(operation)?.[1];
  if (source === undefined) return;
  try {
    new RegExp(source);
  } catch (error) {
    throw new TypeError(
      `operation is no regular expression: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function checkFault(fault: Fault): void {
  const members = Object.hasOwn(MEMBERS, fault.kind) ? MEMBERS[fault.kind] : undefined;
  if (members === undefined)
    throw new TypeError(`fault.kind must be one of ${Object.keys(MEMBERS).join(', ')}`);
  const names = members.map(name => name.replace('!', ''));
  const unknown = Object.keys(fault).find(name => name !== 'kind' && !names.includes(name));
  if (unknown !== undefined)
    throw new TypeError(
      `a fault ${fault.kind} has no ${unknown}; it has ${names.join(', ') || 'its kind alone'}`,
    );
  const missing = members.find(name => name.endsWith('!') && !Object.hasOwn(fault, name.slice(0, -1)));
  if (missing !== undefined) throw new TypeError(`a fault ${fault.kind} needs ${missing.slice(0, -1)}`);
}
