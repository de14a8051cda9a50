/** Errors and successes of REST services that speak JSON: Smithy, "AWS restJson1 protocol". */

import type { Answer, AwsError, Call } from './overlay.ts';

function headers(call: Call): Record<string, string> {
  return { 'content-type': 'application/json', 'x-amzn-requestid': call.requestId };
}

/** The error's name is in a header; its fields may be lists. */
export function restJsonError(call: Call, { status, code, message, fields = {} }: AwsError): Answer {
  return {
    status,
    headers: { ...headers(call), 'x-amzn-errortype': code },
    body: Buffer.from(JSON.stringify({ message, ...fields })),
  };
}

export function restJsonSuccess(call: Call, output: Record<string, unknown>): Answer {
  return { status: 200, headers: headers(call), body: Buffer.from(JSON.stringify(output)) };
}
