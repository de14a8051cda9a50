/** The one place from which emulators are asked: it lets nothing through that they would misread. */

import { type Upstreams, urlOf } from './emulators.ts';
import { notImplemented } from './fault-errors.ts';
import { identifyS3 } from './identify-s3.ts';
import { MOTO_FAILURE_HEADER } from './moto.ts';
import { upstreamOf } from './operations.ts';
import type { Answer, Call, EmulatorRequest } from './overlay.ts';
import type { Asked, Remembered } from './remembered.ts';
import { route53Route } from './route53-routes.ts';
import { type Outgoing, outgoing, ownRequest, type Upstream } from './upstream.ts';

export interface Forwarder {
  /** A 501 where no emulator serves the operation, or its emulator says that it does not know it. */
  call(call: Call): Promise<Answer>;
  /** An overlay's own question. Throws where no emulator serves it. */
  own(request: EmulatorRequest): Promise<Answer>;
}

/** How ministack says that it lacks an operation. */
const LACKING = /InvalidAction|InvalidOperationException|No route for|Unknown action/;

/** Why the answer is none of AWS's; undefined where it may be one. */
function lackingIn(answer: Answer): string | undefined {
  if (answer.headers[MOTO_FAILURE_HEADER] !== undefined) return answer.body.toString('utf8');
  if (answer.status !== 400) return undefined;
  return LACKING.test(answer.body.toString('latin1')) ? 'it lacks it' : undefined;
}

/** `remembered`: what emulators answered, to be answered again. */
export function createForwarder(
  upstream: Upstream,
  upstreams: Upstreams,
  remembered?: Remembered,
): Forwarder {
  async function send(name: keyof Upstreams, asked: Asked, call: Outgoing): Promise<Answer> {
    const url = await urlOf(upstreams, name);
    const ask = () => upstream.send(url, call);
    return remembered === undefined ? ask() : remembered.answer(asked, call, ask);
  }

  async function call(asked: Call): Promise<Answer> {
    const name = upstreamOf(asked.service, asked.operation);
    if (name === undefined) return notImplemented(asked, 'no emulator serves it and no overlay answered it');
    const answer = await send(name, asked, outgoing(asked));
    const lacking = lackingIn(answer);
    return lacking === undefined ? answer : notImplemented(asked, `${name}: ${lacking}`);
  }

  async function own(request: EmulatorRequest): Promise<Answer> {
    const { service, method = 'GET', path = '/', headers = {} } = request;
    let { operation = '' } = request;
    if (service === 's3') {
      const [bare = '/', search = ''] = path.split('?', 2);
      const copy = headers['x-amz-copy-source'] !== undefined;
      operation = identifyS3(method, bare, new URLSearchParams(search), copy).operation;
    }
    if (service === 'route53') operation = route53Route(method, path.split('?', 1)[0] ?? '')?.operation ?? '';
    const name = upstreamOf(service, operation);
    if (name === undefined) throw new Error(`no emulator serves ${service}:${operation} (${method} ${path})`);
    const answer = await send(name, { service, operation }, ownRequest(request));
    const lacking = answer.headers[MOTO_FAILURE_HEADER] === undefined ? undefined : lackingIn(answer);
    if (lacking !== undefined) throw new Error(`${name} failed at ${service}:${operation}: ${lacking}`);
    return answer;
  }

  return { call, own };
}
