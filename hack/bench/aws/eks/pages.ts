import type { Json } from './input.ts';
import { invalid } from './refusal.ts';

const MOST = 100;

/**
 * One page of a list. Source: Amazon EKS API Reference, ListClusters and the other lists: maxResults from 1 to 100, and
 * nextToken where there is more.
 */
export function page<T>(input: Json, name: string, all: readonly T[], most = MOST): Json {
  const asked = input.maxResults === undefined ? most : Number(input.maxResults);
  if (!Number.isInteger(asked) || asked < 1 || asked > MOST)
    throw invalid(`maxResults needs to be 1 to ${MOST}.`);
  const start = input.nextToken === undefined ? 0 : offsetOf(String(input.nextToken));
  const end = start + asked;
  const nextToken = end < all.length ? { nextToken: Buffer.from(`eks:${end}`).toString('base64') } : {};
  return { [name]: all.slice(start, end), ...nextToken };
}

function offsetOf(token: string): number {
  const offset = /^eks:(\d+)$/.exec(Buffer.from(token, 'base64').toString('utf8'))?.[1];
  if (offset === undefined) throw invalid('The nextToken is not valid.');
  return Number(offset);
}
