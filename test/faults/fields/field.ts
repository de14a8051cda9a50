import { isDeepStrictEqual } from 'node:util';
import { awaitingApproval } from '../../support/approval.ts';
import type { Manifest } from '../../support/manifests.ts';
import { applied, type Story } from '../../support/story.ts';

/** What becomes of one field of a spec in its story: it is set, set otherwise, and left out again. */
export interface Field {
  /** One after the other; before and after them the field is left out. */
  readonly values: readonly unknown[];
  /** Cannot be left out where it is: the last value stays. */
  readonly stays?: true;
  /** What the spec holds meanwhile. */
  readonly given?: object;
  /** Fields that can change together have the same group; the first group has no name. */
  readonly group?: string;
  /** AWS is not again as it was before, and why: its group has a story of its own. */
  readonly leaves?: string;
  /** Why no other field can follow in the same story: its group has one of its own. */
  readonly apart?: string;
}

/** By path, as in `deadLetter.mode`; `cors[].allowedOrigins` is that of the first item. A text says where else it is told. */
export type Fields = Readonly<Record<string, Field | string>>;

export interface KindFields {
  readonly kind: string;
  /** The object that has the field. */
  readonly manifest: (spec: object) => Manifest;
  /** What must be there before it. */
  readonly context: readonly Manifest[];
  readonly fields: Fields;
}

/** Of all fields of a kind. */
const FIELDS_DRAWN = 0.2;

type Group = readonly (readonly [string, Field])[];

export interface FieldStory extends Story {
  readonly fields: readonly string[];
}

/** A story for each field by itself. */
export function eachField(of: KindFields): readonly FieldStory[] {
  return told(of).map(([path, field]) => fieldStory(of, `${of.kind}: ${path}`, [[[path, field]]]));
}

/** All fields of a group change together, and one group after the other in one story, where that can be. */
export function groupedFields(of: KindFields): readonly FieldStory[] {
  const groups = new Map<string, Group>();
  for (const [path, field] of told(of)) {
    const group = field.group ?? '';
    groups.set(group, [...(groups.get(group) ?? []), [path, field]]);
  }
  const isApart = (fields: Group) => fields.some(([, { leaves, apart }]) => (leaves ?? apart) !== undefined);
  const together = [...groups.values()].filter(fields => !isApart(fields));
  return [
    fieldStory(of, `${of.kind}: fields`, together),
    ...[...groups]
      .filter(([, fields]) => isApart(fields))
      .map(([group, fields]) => fieldStory(of, `${of.kind}: ${group}`, [fields])),
  ];
}

/** Some fields by chance, each with one of its values; others, and what does not go together, may make it one that is refused. */
export function drawnSpec(of: KindFields, random: () => number): object {
  const drawn = told(of).filter(([, { apart }]) => apart === undefined && random() < FIELDS_DRAWN);
  return drawn.reduce<object>((spec, [path, { values, given = {} }]) => {
    const value = values[Math.floor(random() * values.length)];
    return withField(merged(spec, given), path, value);
  }, {});
}

function told({ fields }: KindFields): readonly (readonly [string, Field])[] {
  return Object.entries(fields).flatMap(([path, field]) =>
    typeof field === 'string' ? [] : [[path, field] as const],
  );
}

/** The specs that a group goes through; the first is what it begins with. */
function specsOf(fields: Group): readonly object[] {
  const given = fields.reduce<object>((spec, [, field]) => merged(spec, field.given ?? {}), {});
  const times = Math.max(...fields.map(([, field]) => field.values.length));
  /** With each field at its nth value (or its last), or without it. */
  function spec(n: number | undefined): object {
    return fields.reduce<object>((whole, [path, { values, stays }]) => {
      const at = n ?? (stays === true ? values.length - 1 : undefined);
      return at === undefined ? whole : withField(whole, path, values[Math.min(at, values.length - 1)]);
    }, given);
  }
  const first = fields.some(([, field]) => field.stays === true) ? spec(0) : given;
  return [first, ...Array.from({ length: times }, (_, n) => spec(n)), spec(undefined)];
}

/** The object is at the end as it was at the beginning. */
function fieldStory(of: KindFields, name: string, groups: readonly Group[]): FieldStory {
  const fields = groups.flat();
  const [first = {}, ...others] = groups.flatMap(specsOf);
  const specs = [first, ...others, first];
  const changes = specs.filter((one, n) => n > 0 && !isDeepStrictEqual(one, specs[n - 1]));
  return {
    name,
    before: [applied(...of.context), applied(of.manifest(first))],
    acts: changes.flatMap(one => awaitingApproval(of.manifest(one))),
    returns: fields.every(([, { leaves }]) => leaves === undefined),
    fields: fields.map(([path]) => path),
  };
}

/** Lists of the two are joined by their items, first with first. */
function merged(a: unknown, b: unknown): object {
  if (Array.isArray(a) && Array.isArray(b)) {
    return Array.from({ length: Math.max(a.length, b.length) }, (_, n) =>
      a[n] === undefined ? b[n] : b[n] === undefined ? a[n] : mergedValue(a[n], b[n]),
    );
  }
  const result: Record<string, unknown> = { ...Object(a) };
  for (const [key, value] of Object.entries(Object(b))) {
    result[key] = key in result ? mergedValue(result[key], value) : value;
  }
  return result;
}

function mergedValue(a: unknown, b: unknown): unknown {
  return typeof a === 'object' && typeof b === 'object' ? merged(a, b) : b;
}

function withField(spec: object, path: string, value: unknown): object {
  const result = structuredClone(spec);
  const parts = path.replaceAll('[]', '.0').split('.');
  const last = parts.pop() ?? '';
  let place: object = result;
  for (const part of parts) {
    const next: unknown = Reflect.get(place, part) ?? {};
    Reflect.set(place, part, next);
    place = Object(next);
  }
  Reflect.set(place, last, value);
  return result;
}
