import { createMemory, type Memory } from '../memory.ts';

/** Of a process that first saw the object then, and has missed these since; by now it is `now`. */
export function memorySince(
  startedAt: number,
  now: () => number,
  missed: readonly { readonly node: string; readonly epoch: number }[] = [],
): Memory {
  let time = () => startedAt;
  const memory = createMemory(() => time());
  for (const { node, epoch } of missed) memory.looked(node, epoch, false);
  time = now;
  return memory;
}
