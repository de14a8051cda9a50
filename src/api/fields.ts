import { z } from 'zod';
import { celMatches, rules } from './rules.ts';

/** A whole number with both bounds. */
export function whole(min: number, max: number, description: string) {
  return z.int().min(min).max(max).describe(description);
}

/** One of a closed set of words. */
export function choice<const Words extends readonly string[]>(words: Words, description: string) {
  return z.enum(words).describe(description);
}

export function flag(description: string) {
  return z.boolean().describe(description);
}

interface Text {
  pattern: RegExp;
  /** Said by the API server when the pattern does not match. */
  says: string;
  min?: number;
  max: number;
}

/** A string with a pattern. The API server checks it by CEL, since a bare pattern answers with the pattern only. */
export function text({ pattern, says, min = 1, max }: Text, description: string) {
  return z
    .string()
    .regex(pattern)
    .min(min)
    .max(max)
    .meta(rules({ rule: celMatches('self', pattern), message: says }))
    .describe(description);
}

/** Any text up to a length. */
export function freeText(max: number, description: string) {
  return z.string().max(max).describe(description);
}

/** A list that is a set: no value twice. */
export function setOf<Item extends z.ZodType>(item: Item, min: number, max: number, description: string) {
  return z.array(item).min(min).max(max).meta({ 'x-kubernetes-list-type': 'set' }).describe(description);
}

/** A list that is merged by key. */
export function listBy<Item extends z.ZodType>(keys: string[], item: Item, max: number, description: string) {
  return z
    .array(item)
    .max(max)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys })
    .describe(description);
}

/** A list that has one owner, replaced as a whole. */
export function listOf<Item extends z.ZodType>(item: Item, min: number, max: number, description: string) {
  return z.array(item).min(min).max(max).meta({ 'x-kubernetes-list-type': 'atomic' }).describe(description);
}

const objectName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** The name of an object, in the own namespace or cluster-scoped: there is no way to say another namespace. */
export function reference(kind: string, description: string) {
  const says = `must be the name of ${kind}: lower-case letters, digits, "-" and ".", not a path, ARN or URL`;
  return text({ pattern: objectName, says, max: 253 }, description);
}

export function namespaceName(description: string) {
  const says = 'must be the name of a namespace: lower-case letters, digits and "-"';
  return text({ pattern: label, says, max: 63 }, description);
}
