/** The one place from which emulators are asked: it lets nothing through that they would misread. */

import { notImplemented } from './fault-errors.ts';
import { identifyS3 } from './identify-s3.ts';
import { SERVICES, upstreamOf } from './operations.ts';
import type { Answer, Call, EmulatorRequest } from './overlay.ts';
import { outgoing, ownRequest, type Upstream } from './upstream.ts';

export interface Forwarder {
  /** A 501 where no emulator serves the operation, or its emulator says that it does not know it. */
  call(call: Call): Promise<Answer>;
  /** An overlay's own question. Throws where no emulator serves it. */
  own(request: EmulatorRequest): Promise<Answer>;
}

/** How emulators say that they lack an operation. */
const LACKING = /InvalidAction|InvalidOperationException|No route for|Unknown action/;

export function createForwarder(upstream: Upstream, upstreams: Record<string, string>): Forwarder {
  function baseUrl(name: string | undefined): string {
    const url = name === undefined ? undefined : upstreams[name];
    if (url === undefined)
      throw new Error(`the gateway was started without the emulator ${name ?? '(none)'}`);
    return url;
  }

  async function call(asked: Call): Promise<Answer> {
    const name = upstreamOf(asked.service, asked.operation);
    if (name === undefined) return notImplemented(asked, 'no emulator serves it and no overlay answered it');
    const answer = await upstream.send(baseUrl(name), outgoing(asked));
    const lacking = answer.status === 400 && LACKING.test(answer.body.toString('latin1'));
    return lacking ? notImplemented(asked, `${name} lacks it`) : answer;
  }

  function own(request: EmulatorRequest): Promise<Answer> {
    const { service, method = 'GET', path = '/', headers = {} } = request;
    let { operation = '' } = request;
    if (service === 's3') {
      const [bare = '/', search = ''] = path.split('?', 2);
      const copy = headers['x-amz-copy-source'] !== undefined;
      operation = identifyS3(method, bare, new URLSearchParams(search), copy).operation;
    }
    if (upstreamOf(service, operation) === undefined) {
      throw new Error(`no emulator serves ${service}:${operation} (${method} ${path})`);
    }
    return upstream.send(baseUrl(SERVICES.get(service)?.upstream), ownRequest(request));
  }

  return { call, own };
}
