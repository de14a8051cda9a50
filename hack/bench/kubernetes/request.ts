import { Agent, request as httpsRequest } from 'node:https';

/** A Kubernetes API server and the bearer token to speak to it with. */
export interface ApiAccess {
  server: string;
  /** PEM. */
  caData: string;
  token: string;
}

export interface ApiAnswer {
  status: number;
  /** The JSON document, or the bare text where the answer is none. */
  body: unknown;
}

export interface Api {
  /**
   * One HTTP request; `body` is sent as JSON. Rejects only if no answer came (refused, reset, 10 s of silence):
   * an HTTP error status is an answer.
   */
  request(method: string, path: string, body?: unknown): Promise<ApiAnswer>;
  close(): void;
}

const silenceMilliseconds = 10_000;

/** Opens a keep-alive connection pool to one API server. */
export function connectApi({ server, caData, token }: ApiAccess): Api {
  const agent = new Agent({ keepAlive: true, ca: caData });
  return {
    request: (method, path, body) => send(agent, new URL(path, server), method, token, body),
    close: () => agent.destroy(),
  };
}

function send(agent: Agent, url: URL, method: string, token: string, body: unknown): Promise<ApiAnswer> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'application/json',
    ...(payload !== undefined && { 'content-type': 'application/json' }),
  };
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, { agent, method, headers, timeout: silenceMilliseconds }, response => {
      const chunks: Buffer[] = [];
      response.on('data', chunk => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: parse(Buffer.concat(chunks).toString()) });
      });
    });
    request.on('timeout', () => {
      request.destroy(new Error(`${method} ${url.href}: no answer for ${silenceMilliseconds / 1000} s`));
    });
    request.on('error', reject);
    request.end(payload);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
