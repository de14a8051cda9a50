/** Small pages by force. The gateway cuts the emulator's page itself, since emulators ignore some limits. */

import { isRecord } from './input.ts';
import { type Answer, type Call, jsonInput } from './overlay.ts';
import { inputLimitOf, isPaged, type Listing, listingOf, queryLimitOf } from './paged-lists.ts';
import { childOf, element, parseXml, putChild, writeXml } from './xml-tree.ts';

export interface Page {
  /** To be applied to the emulator's answer. */
  cut(answer: Answer): Answer;
}

/** By service, the client's own limit of which the emulator takes no notice. */
const IGNORED_LIMITS: Record<string, string> = { ec2: 'MaxResults', acm: 'MaxItems' };

/** Infinity where the client names none, or the emulator keeps it. */
export function ignoredLimit(call: Call): number {
  const asked = jsonInput(call)[IGNORED_LIMITS[call.service] ?? ''];
  return asked === undefined || !isPaged(call) ? Number.POSITIVE_INFINITY : Number(asked);
}

/** A token of ours is `bench:<offset>:<the emulator's token>`; it outlives the rule that made it. */
export function hasBenchToken(call: Call): boolean {
  const listing = listingOf(call);
  if (listing === undefined) return false;
  const token = jsonInput(call)[listing.tokenIn];
  return typeof token === 'string' && token.startsWith('bench:');
}

/** Changes the request for pages of `n` items; undefined where the operation has no pages or the emulator does it. */
export function startPage(call: Call, n: number): Page | undefined {
  const limit = queryLimitOf(call);
  if (limit !== undefined) {
    const asked = Number(call.query.get(limit) ?? Number.POSITIVE_INFINITY);
    if (Number.isFinite(n)) call.query.set(limit, String(Math.min(asked, n)));
    return undefined;
  }
  const input = jsonInput(call);
  const inputLimit = inputLimitOf(call);
  if (inputLimit !== undefined) {
    const asked = Number(input[inputLimit] ?? Number.POSITIVE_INFINITY);
    if (Number.isFinite(n)) input[inputLimit] = String(Math.min(asked, n));
    return undefined;
  }
  const listing = listingOf(call);
  if (listing === undefined) return undefined;
  const sent = typeof input[listing.tokenIn] === 'string' ? String(input[listing.tokenIn]) : '';
  const [, offsetText = '0', emulatorToken = ''] = /^bench:(\d+):([\s\S]*)$/.exec(sent) ?? [];
  const offset = Number(offsetText);
  if (sent.startsWith('bench:')) {
    if (emulatorToken === '') delete input[listing.tokenIn];
    else input[listing.tokenIn] = emulatorToken;
  }
  const pageToken = sent.startsWith('bench:') ? emulatorToken : sent;
  return {
    cut: answer => {
      if (answer.status >= 300) return answer;
      const page = { listing, offset, n, nextToken: (next: number) => `bench:${next}:${pageToken}` };
      const text = answer.body.toString('utf8');
      const body = text.startsWith('<') ? cutXml(text, page) : cutJson(text, page);
      return { ...answer, body: Buffer.from(body, 'utf8') };
    },
  };
}

interface Cut {
  listing: Listing;
  offset: number;
  n: number;
  nextToken(offset: number): string;
}

function cutJson(text: string, { listing, offset, n, nextToken }: Cut): string {
  const document: unknown = JSON.parse(text);
  if (!isRecord(document)) return text;
  const items = document[listing.items];
  if (!Array.isArray(items)) return text;
  document[listing.items] = items.slice(offset, offset + n);
  if (offset + n < items.length) {
    document[listing.tokenOut] = nextToken(offset + n);
    if (listing.truncated !== undefined) document[listing.truncated] = true;
  }
  return JSON.stringify(document);
}

/** In the query protocol the lists are in the operation's result, with EC2 right in the answer. One row over all lists. */
function cutXml(text: string, { listing, offset, n, nextToken }: Cut): string {
  const root = parseXml(text);
  const place = root.children.find(({ name }) => name.endsWith('Result')) ?? root;
  let passed = 0;
  for (const name of listing.items.split(' ')) {
    const list = childOf(place, name);
    if (list === undefined) continue;
    const all = list.children;
    list.children = all.slice(Math.max(0, offset - passed), Math.max(0, offset + n - passed));
    passed += all.length;
  }
  if (offset + n < passed) {
    putChild(place, element(listing.tokenOut, nextToken(offset + n)));
    if (listing.truncated !== undefined) putChild(place, element(listing.truncated, 'true'));
  }
  return writeXml(root);
}
