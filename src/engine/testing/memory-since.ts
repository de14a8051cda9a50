import { createMemory, type Memory } from '../memory.ts';

/** Of a process that first saw the object then; by now it is `now`. */
export function memorySince(startedAt: number, now: () => number): Memory {
  let time = () => startedAt;
  const memory = createMemory(() => time());
  time = now;
  return memory;
}
