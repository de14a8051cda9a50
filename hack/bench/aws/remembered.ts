import { isMutating } from './operations.ts';
import { type Answer, OBSERVER_HEADER } from './overlay.ts';
import type { Outgoing } from './upstream.ts';

/** Answers of an emulator, good until something of their service is written: a poll then costs it nothing. */
export interface Remembered {
  answer(of: Asked, call: Outgoing, send: () => Promise<Answer>): Promise<Answer>;
  /** Everything was emptied. */
  clear(): void;
}

export interface Asked {
  readonly service: string;
  readonly operation: string;
}

/** Others make keys, tokens and ciphertexts, or look at what changes by itself. */
const REPEATABLE = /^(Describe|Get|Head|List)/;
/** Makes tokens under every name. */
const NEVER = new Set(['sts']);
/** Reads what all the others have. */
const OF_ALL = 'tagging';

/** Another in each call, whatever it asks for. */
const VOLATILE = new Set([
  'amz-sdk-invocation-id',
  'amz-sdk-request',
  'authorization',
  'host',
  'user-agent',
  'x-amz-date',
  'x-amz-user-agent',
  OBSERVER_HEADER,
]);

interface Service {
  /** Rises as a write begins and as it ends. */
  version: number;
  readonly answers: Map<string, Answer>;
}

export function createRemembered(): Remembered {
  const services = new Map<string, Service>();

  function of(name: string): Service {
    const known = services.get(name) ?? { version: 0, answers: new Map() };
    services.set(name, known);
    return known;
  }

  function written(name: string): void {
    for (const service of new Set([of(name), of(OF_ALL)])) {
      service.version += 1;
      service.answers.clear();
    }
  }

  async function write(name: string, send: () => Promise<Answer>): Promise<Answer> {
    written(name);
    try {
      return await send();
    } finally {
      written(name);
    }
  }

  return {
    async answer({ service: name, operation }, call, send) {
      if (isMutating(name, operation)) return write(name, send);
      if (NEVER.has(name) || !REPEATABLE.test(operation)) return send();
      const service = of(name);
      const key = keyOf(name, call);
      const known = service.answers.get(key);
      if (known !== undefined) return copyOf(known);
      const { version } = service;
      const answer = await send();
      if (service.version === version) service.answers.set(key, copyOf(answer));
      return answer;
    },
    clear() {
      for (const name of services.keys()) written(name);
    },
  };
}

function keyOf(name: string, { method, path, headers, body }: Outgoing): string {
  const told = Object.entries(headers).filter(([header]) => !VOLATILE.has(header));
  // Who asks, and in which region.
  const scope = /Credential=([^/,\s]*)\/[^/]*\/([^/]*)\//.exec(headers.authorization ?? '')?.slice(1);
  return JSON.stringify([name, method, path, scope, told.sort(), body.toString('latin1')]);
}

/** Overlays change what they are given. */
function copyOf({ status, headers, body }: Answer): Answer {
  return { status, headers: { ...headers }, body };
}
