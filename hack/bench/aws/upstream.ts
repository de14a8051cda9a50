import { Agent, request as httpRequest } from 'node:http';
import type { Answer, Call, EmulatorRequest } from './overlay.ts';

const TARGETS: Record<string, { prefix: string; type: string }> = {
  sqs: { prefix: 'AmazonSQS', type: 'application/x-amz-json-1.0' },
  kms: { prefix: 'TrentService', type: 'application/x-amz-json-1.1' },
  tagging: { prefix: 'ResourceGroupsTaggingAPI_20170126', type: 'application/x-amz-json-1.1' },
  acm: { prefix: 'CertificateManager', type: 'application/x-amz-json-1.1' },
  logs: { prefix: 'Logs_20140328', type: 'application/x-amz-json-1.1' },
};

const VERSIONS: Record<string, string> = {
  sns: '2010-03-31',
  sts: '2011-06-15',
  iam: '2010-05-08',
  ec2: '2016-11-15',
  elasticloadbalancing: '2015-12-01',
};

/** moto's name for the account; ministack has it from the access key. */
const ACCOUNT_HEADER = 'x-moto-account-id';

/** Headers of one hop only, and those that the client's library writes anew. */
const NOT_FORWARDED = [
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'expect',
  'te',
  'upgrade',
];

export interface Upstream {
  /** Sends on; rejects when the emulator cannot be reached. */
  send(baseUrl: string, call: Outgoing): Promise<Answer>;
  close(): void;
}

export interface Outgoing {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

/** The call as the emulator is to see it: the account in place of the key, since neither emulator knows the other's; signatures are checked by none. */
export function outgoing(call: Call): Outgoing {
  const headers = { ...call.headers };
  for (const name of NOT_FORWARDED) delete headers[name];
  headers[ACCOUNT_HEADER] = call.accountId;
  if (headers.authorization !== undefined) {
    headers.authorization = headers.authorization.replace(
      /Credential=[^/,\s]*/,
      `Credential=${call.accountId}`,
    );
  }
  const query = new URLSearchParams(call.query);
  const presigned = query.get('X-Amz-Credential');
  if (presigned !== null) query.set('X-Amz-Credential', presigned.replace(/^[^/]*/, call.accountId));
  const { body } = call;
  const search = query.toString();
  return { method: call.method, path: search === '' ? call.path : `${call.path}?${search}`, headers, body };
}

/** An overlay's own question, signed as far as an emulator looks. */
export function ownRequest(request: EmulatorRequest): Outgoing {
  const { service, region, accountId, operation = '', input = {} } = request;
  const headers: Record<string, string> = {
    authorization: `AWS4-HMAC-SHA256 Credential=${accountId}/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    [ACCOUNT_HEADER]: accountId,
  };
  const target = TARGETS[service];
  if (operation !== '' && target !== undefined) {
    headers['x-amz-target'] = `${target.prefix}.${operation}`;
    headers['content-type'] = target.type;
    return { method: 'POST', path: '/', headers, body: Buffer.from(JSON.stringify(input)) };
  }
  const version = VERSIONS[service];
  if (operation !== '' && version !== undefined) {
    const form = new URLSearchParams({ Action: operation, Version: version });
    for (const [name, value] of Object.entries(input)) form.set(name, String(value));
    headers['content-type'] = 'application/x-www-form-urlencoded';
    return { method: 'POST', path: '/', headers, body: Buffer.from(form.toString()) };
  }
  const { method = 'GET', path = '/', body = '' } = request;
  return { method, path, headers: { ...headers, ...request.headers }, body: Buffer.from(body) };
}

export function createUpstream(): Upstream {
  // Below the emulator's own keep-alive of 75 s, so that it never closes a connection just being taken.
  const agent = new Agent({
    keepAlive: true,
    maxSockets: Number.POSITIVE_INFINITY,
    maxFreeSockets: 256,
    timeout: 60_000,
  });

  const addresses = new Map<string, URL>();

  function addressOf(baseUrl: string): URL {
    const known = addresses.get(baseUrl) ?? new URL(baseUrl);
    addresses.set(baseUrl, known);
    return known;
  }

  function send(baseUrl: string, call: Outgoing): Promise<Answer> {
    const url = addressOf(baseUrl);
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        {
          agent,
          host: url.hostname,
          port: url.port,
          method: call.method,
          path: call.path,
          headers: { ...call.headers, 'content-length': String(call.body.length) },
        },
        response => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const headers: Record<string, string> = {};
            for (const [name, value] of Object.entries(response.headers)) {
              if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
            }
            delete headers.connection;
            delete headers['keep-alive'];
            delete headers['transfer-encoding'];
            if (call.method !== 'HEAD') delete headers['content-length'];
            resolve({ status: response.statusCode ?? 502, headers, body: Buffer.concat(chunks) });
          });
        },
      );
      request.on('error', reject);
      request.end(call.body);
    });
  }

  return { send, close: () => agent.destroy() };
}
