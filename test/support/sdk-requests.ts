import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import type { Gateway } from '../../hack/bench/aws/gateway.ts';

/** The AWS SDK gives each of its calls an id and sends it along. */
const CALL_ID = 'amz-sdk-invocation-id';

const underway = new Map<string, ClientRequest>();
/** Of calls that time out as soon as they have a connection. */
const late = new Set<string>();

// Node tells of each request that is about to be sent.
subscribe('http.client.request.start', message => {
  const { request } = message as { request: ClientRequest };
  const id = request.getHeader(CALL_ID);
  // The gateway passes the id on to the emulator.
  if (typeof id !== 'string' || underway.has(id)) return;
  underway.set(id, request);
  request.once('close', () => underway.delete(id));
  if (late.delete(id)) queueMicrotask(() => timeOut(request));
});

/** As NodeHttpHandler tells of its own time-outs. */
function timeOut(request: ClientRequest): void {
  request.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }));
}

/** Requests of the AWS SDK in this process that are not over: also those that no hook of the operator sees, as of STS. */
export function sdkRequests(): number {
  return underway.size;
}

/**
 * Calls that the gateway leaves hanging time out at once, as they would when the machine's time had passed: no test waits
 * for it, and none depends on how fast the machine is. Returns the way to end it.
 */
export function timeOutAtOnce(gateway: Pick<Gateway, 'onCall'>): () => void {
  return gateway.onCall(({ fault }, { headers }) => {
    const id = headers[CALL_ID];
    if (fault !== 'hang' || id === undefined) return;
    const request = underway.get(id);
    if (request === undefined) late.add(id);
    else timeOut(request);
  });
}
