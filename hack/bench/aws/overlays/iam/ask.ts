/** What the rules of IAM ask of the emulator, and how they refuse. IAM is one for the whole account. */
import type { Answer, BenchContext, Call } from '../../overlay.ts';
import { childOf, itemsOf, parseXml, textAt, type XmlElement } from '../../xml-tree.ts';

const REGION = 'us-east-1';

/** The result element of an answer; undefined where IAM refuses. */
export async function ask(
  bench: BenchContext,
  accountId: string,
  operation: string,
  input: Record<string, unknown>,
): Promise<XmlElement | undefined> {
  const answer = await bench.forward({ service: 'iam', region: REGION, accountId, operation, input });
  if (answer.status !== 200) return undefined;
  return childOf(parseXml(answer.body.toString('utf8')), `${operation}Result`);
}

/** All members of a list, page by page. */
export async function listAll(
  bench: BenchContext,
  accountId: string,
  operation: string,
  list: string,
  input: Record<string, unknown> = {},
): Promise<XmlElement[]> {
  const found: XmlElement[] = [];
  let marker = '';
  do {
    const page = await ask(bench, accountId, operation, { ...input, ...(marker && { Marker: marker }) });
    found.push(...itemsOf(page, list));
    marker = textAt(page, 'Marker');
  } while (marker !== '');
  return found;
}

export function refuse(
  call: Call,
  bench: BenchContext,
  status: number,
  code: string,
  message: string,
): Answer {
  return bench.error(call, { status, code, message });
}

export function noSuchEntity(call: Call, bench: BenchContext, message: string): Answer {
  return refuse(call, bench, 404, 'NoSuchEntity', message);
}

/** A map of an overlay's own, by account and name. */
export function memory<T>({ state }: BenchContext, name: string): Map<string, T> {
  const known = state.get(`iam:${name}`);
  if (known instanceof Map) return known;
  const fresh = new Map<string, T>();
  state.set(`iam:${name}`, fresh);
  return fresh;
}
