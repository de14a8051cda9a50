import { randomUUID } from 'node:crypto';
import type { Accounts } from './accounts.ts';
import { identify, type Request } from './identify.ts';
import { encodeInput, parseInput } from './input.ts';
import type { Call, CallInput, Protocol } from './overlay.ts';

/** @param id the gateway's running number */
export function createCall(id: number, request: Request, sent: Buffer, accounts: Accounts): Call {
  let body = sent;
  let input: CallInput | undefined;
  let asParsed = '';

  function parse(protocol: Protocol): CallInput {
    if (input === undefined) {
      input = parseInput(protocol, body, request.query);
      asParsed = JSON.stringify(input);
    }
    return input;
  }

  const identity = identify(request, parse, accounts);
  return {
    ...request,
    ...identity,
    id,
    requestId: randomUUID(),
    get body() {
      // An untouched body goes on byte for byte: not every input survives being parsed and written again.
      if (input !== undefined && JSON.stringify(input) !== asParsed) {
        body = encodeInput(identity.protocol, input);
        asParsed = JSON.stringify(input);
      }
      return body;
    },
    set body(value: Buffer) {
      body = value;
      input = undefined;
    },
    get input() {
      return parse(identity.protocol);
    },
    set input(value: CallInput) {
      input = value;
      if (asParsed === '') asParsed = '\0';
    },
  };
}
