import { AnswerTooLongError } from './errors.ts';
import type { Call, Query, Transport } from './transport.ts';

export interface Page<T> {
  metadata: { resourceVersion: string; continue?: string };
  items: T[] | null;
}

export interface ListCall extends Pick<Call, 'path' | 'signal' | 'timeoutMs'> {
  selectors: Query;
  /** How new the list must be, for its first page: the others go on from there. */
  from?: Query;
}

/** Objects a page (client-go, tools/pager). */
const largestPage = 500;

/**
 * A list, page by page. A page that is too long to be read is asked for again with half as many objects, from the same place: a
 * continue token says where, not how many. After each that was read a quarter more is asked for, since a long list in small
 * pages outlives its token (5 minutes, Kubernetes API Concepts, "Retrieving large results sets in chunks").
 * @throws as `request`.
 */
export async function* pagesOf<T>(
  transport: Pick<Transport, 'request'>,
  { selectors, from = {}, ...call }: ListCall,
): AsyncGenerator<Page<T>, void, undefined> {
  let place: Query | undefined = from;
  let limit = largestPage;
  while (place !== undefined) {
    const query: Query = { ...selectors, limit, ...place };
    let page: Page<T>;
    try {
      page = await transport.request<Page<T>>({ ...call, method: 'GET', query });
    } catch (error) {
      if (!(error instanceof AnswerTooLongError) || limit === 1) throw error;
      limit = Math.floor(limit / 2);
      continue;
    }
    yield page;
    place = page.metadata.continue ? { continue: page.metadata.continue } : undefined;
    limit = Math.min(largestPage, limit + Math.ceil(limit / 4));
  }
}
