/** The control API over HTTP, for a bench that runs as a process of its own. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkedRule } from './fault-rule.ts';
import type { Gateway } from './gateway.ts';
import { readBody, splitUrl } from './http.ts';
import { isRecord } from './input.ts';

type Controlled = Pick<
  Gateway,
  'addFault' | 'clearFaults' | 'faults' | 'reset' | 'advanceClock' | 'now' | 'journalSince'
>;

function addFaults(gateway: Controlled, given: unknown): string[] {
  const rules = Array.isArray(given) ? given : [given];
  // All or none: after a refusal nothing of what was sent is active.
  const checked = rules.map(checkedRule);
  return checked.map(rule => gateway.addFault(rule));
}

async function answer(
  gateway: Controlled,
  route: string,
  query: URLSearchParams,
  body: string,
): Promise<unknown> {
  const given: unknown = body === '' ? undefined : JSON.parse(body);
  switch (route) {
    case 'GET /health':
      return { now: gateway.now() };
    case 'GET /journal':
      return gateway.journalSince(Number(query.get('since') ?? 0));
    case 'GET /faults':
      return gateway.faults();
    case 'POST /faults':
      return { ids: addFaults(gateway, given) };
    case 'DELETE /faults':
      gateway.clearFaults(query.get('id') ?? undefined);
      return {};
    case 'POST /reset':
      await gateway.reset();
      return {};
    case 'POST /clock':
      if (!isRecord(given) || typeof given.advanceSeconds !== 'number') {
        throw new TypeError('needs {"advanceSeconds": <number>}');
      }
      gateway.advanceClock(given.advanceSeconds);
      return { now: gateway.now() };
    default:
      return undefined;
  }
}

const ROUTES = 'GET /journal[?since=id], GET|POST|DELETE /faults, POST /reset, POST /clock, GET /health';

/** Answers `/faults` and `/_bench/faults` alike. A rule or number that cannot be read is a 400, another path a 404. */
export function controlHandler(
  gateway: Controlled,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const { path, query } = splitUrl(request.url ?? '/');
    const body = (await readBody(request)).toString('utf8');
    let status = 200;
    let output: unknown;
    try {
      output = await answer(gateway, `${request.method} ${path.replace(/^\/_bench/, '')}`, query, body);
      if (output === undefined) {
        status = 404;
        output = { error: `unknown; there are ${ROUTES}` };
      }
    } catch (error) {
      status = error instanceof TypeError || error instanceof SyntaxError ? 400 : 500;
      output = { error: error instanceof Error ? error.message : String(error) };
    }
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(output)}\n`);
  };
}
