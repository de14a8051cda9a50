import type { Change, Found, Risk } from './adaptor.ts';
import { isOwnershipTag, type Tags } from './owner.ts';
import { shortHash } from './short-hash.ts';

export type Action =
  | 'create'
  /** Made anew after it was lost. */
  | 'recreate'
  /** A new epoch beside or after the old one, which a `remove` step follows. */
  | 'replace'
  | 'update'
  /** Found as this object's from before a rebuild: ownership tags are set to this object. */
  | 'take up'
  /** An existing resource that `spec.adopt` names becomes this object's. */
  | 'adopt'
  | 'remove'
  /** Marked as kept on purpose, then let go. */
  | 'retain';

/** How much consent a step needs; the rows of the managementPolicy table. */
export type Consent = 'low' | 'high' | 'critical';

export interface Step {
  readonly node: string;
  readonly epoch: number;
  readonly action: Action;
  readonly changes: readonly Change[];
  readonly setTags: Tags;
  readonly unsetTags: readonly string[];
  readonly risk: Risk;
  readonly consent: Consent;
  /** False while an input comes from an earlier step: its fields are known after apply. */
  readonly known: boolean;
  /** AWS differs although the spec did not change since it was last fully applied. */
  readonly drift: boolean;
  /** Why it cannot start yet, for the status; undefined: it can. */
  readonly held?: string;
  readonly found?: Found;
  readonly desired?: unknown;
  /** Removes a second resource of the same identity; the node itself stays. */
  readonly duplicate?: true;
  /** What is lost by it and not made again, or what else who agrees to it has to know. */
  readonly loss?: string;
  /** Removes what another one takes the place of; the node itself stays. */
  readonly replaced?: true;
}

/** Stands for an id that AWS has not given yet, and for a value that depends on one. */
export const KNOWN_AFTER_APPLY = '(known after apply)';

/** The field of a step that removes a second resource. */
export const DUPLICATE = 'duplicate';

/** Who agreed to the removal of one agreed to no other's. */
export function duplicateField(what: string): string {
  return `${DUPLICATE}[${what}]`;
}

/** What a step is made of; what is left out is empty, known and not drift. */
export type StepParts = Pick<Step, 'node' | 'epoch' | 'action' | 'risk' | 'consent'> &
  Partial<Omit<Step, 'held' | 'found' | 'desired'>> & {
    readonly held?: string | undefined;
    readonly found?: Found | undefined;
    readonly desired?: unknown;
  };

export function makeStep(parts: StepParts): Step {
  const { held, found, desired, ...rest } = parts;
  return {
    changes: [],
    setTags: {},
    unsetTags: [],
    known: true,
    drift: false,
    ...rest,
    ...(held === undefined ? {} : { held }),
    ...(found === undefined ? {} : { found }),
    ...(desired === undefined ? {} : { desired }),
  };
}

/** `queue@1 update Low`; what is tried once a pass. */
export function stepKey(
  step: Pick<Step, 'node' | 'epoch' | 'action' | 'risk' | 'duplicate' | 'found'>,
): string {
  return `${step.node}@${step.epoch} ${step.action} ${step.risk}${step.duplicate === true ? ` ${step.found?.id}` : ''}`;
}

/** Its tags make the resource this object's, or nobody's: nothing goes before them. */
export function setsOwnership({ setTags, unsetTags }: Pick<Step, 'setTags' | 'unsetTags'>): boolean {
  return [...Object.keys(setTags), ...unsetTags].some(isOwnershipTag);
}

/** `replace queue (with the messages in it)`: what is lost by it, too. */
export function headOf(step: Step): string {
  const loss = step.loss === undefined ? '' : ` (${step.loss})`;
  return `${step.action} ${step.node}${step.replaced === true ? ` ${whichOne(step)}` : ''}${loss}`;
}

/** Who reads only that a node is to be removed thinks that there will be none. */
function whichOne({ found }: Step): string {
  return `(${found?.name ?? found?.id}: another takes its place)`;
}

/** What a step does, field by field, as people read it; a tag is the field `tags[key]`. */
export function fieldsOf(step: Step): readonly { field: string; from: string; to: string }[] {
  const tags = step.found?.tags;
  function tag(key: string, to: string | undefined) {
    const from = tags === undefined || tags === 'inherited' ? undefined : tags[key];
    return { field: `tags[${key}]`, from: shown(from), to: shown(to) };
  }
  return [
    ...byWeight(step.changes).map(change => ({
      field: change.field,
      from: shown(change.from),
      to: shown(change.to),
    })),
    ...Object.entries(step.setTags).map(([key, to]) => tag(key, to)),
    ...step.unsetTags.map(key => tag(key, undefined)),
  ];
}

/** What makes another resource necessary, or interrupts, is read first. */
function byWeight(changes: readonly Change[]): readonly Change[] {
  const weight = ({ replace, risk }: Change) => (replace === true ? 0 : risk === 'High' ? 1 : 2);
  return [...changes].sort((a, b) => weight(a) - weight(b));
}

/** Most weighty first: what replaces or removes, then other high risk; else in the order of the plan. */
export function mostWeightyFirst(steps: readonly Step[]): readonly Step[] {
  return [...steps].sort((a, b) => weightOf(a) - weightOf(b));
}

function weightOf({ action, risk }: Step): number {
  return action === 'replace' || action === 'recreate' || action === 'remove'
    ? 0
    : risk === 'High'
      ? 1
      : LIGHT;
}

const LIGHT = 2;

/** Nobody agrees to it unread, whatever is left out of a message. */
export function isWeighty(step: Step): boolean {
  return weightOf(step) < LIGHT;
}

/** In characters. */
export const LONGEST_SHOWN = 256;

/** A value of a field for people: short, one line. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return '(none)';
  // Not the same as none: a tag may have no value, and be there.
  if (value === '') return '(empty)';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length <= LONGEST_SHOWN) return text;
  // What is cut off is agreed to as well: it is told by its hash, or one long value would pass for another.
  const end = `... (sha256 ${shortHash(text)})`;
  // Not in the middle of a character of two units.
  return `${text.slice(0, LONGEST_SHOWN - end.length).replace(/[\uD800-\uDBFF]$/, '')}${end}`;
}
