import { createClaims } from '../claims.ts';
import { createMemory } from '../memory.ts';
import type { Ports } from '../subject.ts';

/** Of a pass over an object that is alone, and whose state nobody keeps. */
export function barePorts(now: () => number, adaptor: Ports['adaptor']): Ports {
  return {
    scope: { key: 'here' },
    takeOver: [],
    adaptor,
    claims: createClaims(now),
    memory: createMemory(now),
    monotonic: now,
    async save() {},
    async confirm() {},
  };
}
