/** Reads fields of a request; what is of another type counts as left out. */
import { isRecord } from '../input.ts';

export type Json = Record<string, unknown>;

export function text(input: Json, name: string): string | undefined {
  const value = input[name];
  return typeof value === 'string' ? value : undefined;
}

export function flag(input: Json, name: string): boolean | undefined {
  const value = input[name];
  // In the query of a GET everything is text.
  if (value === 'true' || value === 'false') return value === 'true';
  return typeof value === 'boolean' ? value : undefined;
}

export function count(input: Json, name: string): number | undefined {
  const value = input[name];
  return typeof value === 'number' ? value : undefined;
}

export function object(input: Json, name: string): Json | undefined {
  const value = input[name];
  return isRecord(value) ? value : undefined;
}

export function texts(input: Json, name: string): string[] | undefined {
  const value = input[name];
  // One value in a query is a list of one.
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.map(String) : undefined;
}

export function objects(input: Json, name: string): Json[] | undefined {
  const value = input[name];
  return Array.isArray(value) ? value.filter(isRecord) : undefined;
}

export function textMap(input: Json, name: string): Record<string, string> | undefined {
  const value = object(input, name);
  return value && Object.fromEntries(Object.entries(value).map(([key, one]) => [key, String(one)]));
}
